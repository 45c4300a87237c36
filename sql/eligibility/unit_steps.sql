-- One row per step of an enrolled unit's cadence, from the last rung carried out onwards: when it comes due as
-- things stand, whether it was carried out or missed in this cycle, and whether it is due.
-- Parameters: none.
with

missed as (
    -- a rung is missed as a whole, also a step that was below its own minimum then
    select
        units.unit_key,
        steps.rung,
        min(missed_steps.missed_on) as missed_on
    from units
    inner join missed_steps
        on
            units.customer_number = missed_steps.customer_number
            and units.currency = missed_steps.currency
            and units.invoice_reference = missed_steps.invoice_reference
            and units.cadence = missed_steps.cadence
            and units.cycle_start <= missed_steps.missed_on
            and units.day > missed_steps.missed_on
    inner join steps
        on
            units.cadence_key = steps.cadence_key
            and missed_steps.step = steps.step
    group by units.unit_key, steps.rung
),

owed_before as (
    -- steps that an earlier day planned and nobody carried out: they are still owed though their rung has gone
    select distinct
        units.unit_key,
        left_over.step
    from units
    inner join left_over
        on
            units.customer_number = left_over.customer_number
            and units.currency = left_over.currency
            and units.invoice_reference = left_over.invoice_reference
            and units.cadence = left_over.cadence
            and units.cycle_start <= left_over.owed_on
            and units.day > left_over.owed_on
            and units.day <= coalesce(left_over.carried_out_on, date '9999-12-31')
),

considered as (
    select
        facts.unit_key,
        facts.day as planned_day,
        facts.last_rung,
        facts.holiday_country,
        steps.step_key,
        steps.rung,
        steps.clock,
        steps.day as step_day,
        steps.round,
        unit_progress.last_carried_out_on,
        unit_progress.last_repetition,
        unit_progress.unit_key is not null as is_carried_out,
        owed_before.unit_key is not null and unit_progress.unit_key is null as is_left_over,
        unit_progress.unit_key is null
        and (
            missed.unit_key is not null
            or (
                steps.clock = 'past_due_age'
                and steps.day < 0
                and (coalesce(facts.past_due_age_days > 0, false) or past_due_before.unit_key is not null)
            )
        ) as is_missed,
        coalesce(missed.missed_on, past_due_before.past_due_on, facts.oldest_due_date + 1) as missed_on,
        steps.clock = 'past_due_age' and facts.oldest_due_date is null as never_comes,
        case when facts.is_entering then cadences.late_entry else cadences.catch_up end = 'skip' as is_skipping,
        coalesce(facts.previous_run_day, date '0001-01-01') as previous_run_day,
        facts.is_run_day,
        case steps.clock
            when 'account_age' then facts.oldest_issue_date
            when 'past_due_age' then facts.oldest_due_date
            -- while nothing can be chased, nothing comes due
            else case when facts.oldest_issue_date is not null then facts.last_rung_on end
        end as anchor,
        steps.days = 'business' and steps.day <> 0 as counts_business_days,
        facts.amount_past_due
        >= case when step_thresholds.step_key is null then 0 else step_thresholds.min_past_due end
            as has_enough_past_due
    from unit_facts as facts
    inner join cadences
        on facts.cadence_key = cadences.cadence_key
    inner join steps
        on
            facts.cadence_key = steps.cadence_key
            and facts.last_rung <= steps.rung
    left join step_thresholds
        on
            steps.step_key = step_thresholds.step_key
            and facts.currency = step_thresholds.currency
    left join unit_progress
        on
            facts.unit_key = unit_progress.unit_key
            and steps.step_key = unit_progress.step_key
    left join missed
        on
            facts.unit_key = missed.unit_key
            and steps.rung = missed.rung
    left join owed_before
        on
            facts.unit_key = owed_before.unit_key
            and steps.step = owed_before.step
    left join past_due_before
        on facts.unit_key = past_due_before.unit_key
),

business_anchored as (
    select
        *,
        case when counts_business_days then anchor end as business_anchor
    from considered
),

anchored as (
    select
        considered.*,
        case
            when considered.step_day >= 0 then anchor_day.business_day_count + considered.step_day
            else
                anchor_day.business_day_count - (case when anchor_day.is_business_day then 1 else 0 end)
                + considered.step_day + 1
        end as wanted_business_day
    from business_anchored as considered
    left join business_days as anchor_day
        on
            considered.holiday_country = anchor_day.country
            and considered.business_anchor = anchor_day.day
),

dated as (
    select
        anchored.* exclude (wanted_business_day, counts_business_days, business_anchor, anchor, holiday_country),
        case
            when anchored.counts_business_days then due_day.day
            else anchored.anchor + anchored.step_day
        end as unrounded_due_date
    from anchored
    left join business_days as due_day
        on
            anchored.holiday_country = due_day.country
            and anchored.wanted_business_day = due_day.business_day_count
            and due_day.is_business_day
),

rounded as (
    select
        * exclude (unrounded_due_date, round),
        cast(case when round = 'end_of_month' then last_day(unrounded_due_date) else unrounded_due_date end as date)
            as due_date
    from dated
),

chained as (
    -- where skip decides, a step counted from the previous one comes due only when those before it were missed; until
    -- then it is kept waiting
    select
        behind.unit_key,
        behind.step_key,
        max(case when before.is_missed then before.missed_on end) as free_on,
        max(case when before.is_missed or before.never_comes then 0 else 1 end) = 1 as is_kept_waiting
    from rounded as behind
    inner join rounded as before
        on
            behind.unit_key = before.unit_key
            and behind.rung > before.rung
            and behind.last_rung < before.rung
    where behind.is_skipping and behind.clock = 'since_previous_step'
    group by behind.unit_key, behind.step_key
),

timed as (
    select
        rounded.* exclude (due_date),
        case when chained.free_on > rounded.due_date then chained.free_on else rounded.due_date end as due_date,
        coalesce(chained.is_kept_waiting, false) as is_kept_waiting
    from rounded
    left join chained
        on
            rounded.unit_key = chained.unit_key
            and rounded.step_key = chained.step_key
),

lost_today as (
    -- rungs that skip misses today, each as a whole: they can't act any more
    select distinct
        unit_key,
        rung
    from timed
    where
        is_skipping
        and is_run_day
        and rung > last_rung
        and not is_missed
        and not is_kept_waiting
        and has_enough_past_due
        and due_date <= previous_run_day
),

first_ahead as (
    -- a step counted from the previous one waits until no step before it can still act; one that counts from a due
    -- date never can while the unit has none
    select
        timed.unit_key,
        min(
            case
                when
                    timed.rung > timed.last_rung
                    and not timed.is_missed
                    and not timed.never_comes
                    and lost_today.unit_key is null
                    then timed.rung
            end
        ) as first_rung
    from timed
    left join lost_today
        on
            timed.unit_key = lost_today.unit_key
            and timed.rung = lost_today.rung
    group by timed.unit_key
),

freed_today as (
    select distinct
        behind.unit_key,
        behind.step_key
    from timed as behind
    inner join lost_today as before
        on
            behind.unit_key = before.unit_key
            and behind.rung > before.rung
    where behind.is_skipping and behind.clock = 'since_previous_step'
),

placed as (
    select
        timed.* exclude (
            due_date, never_comes, missed_on, is_skipping, is_kept_waiting, previous_run_day, is_run_day
        ),
        case
            when freed_today.step_key is not null and timed.due_date < timed.planned_day then timed.planned_day
            else timed.due_date
        end as due_date,
        timed.clock = 'since_previous_step' and coalesce(first_ahead.first_rung < timed.rung, false)
            as is_behind_others
    from timed
    inner join first_ahead
        on timed.unit_key = first_ahead.unit_key
    left join freed_today
        on
            timed.unit_key = freed_today.unit_key
            and timed.step_key = freed_today.step_key
)

select
    * exclude (planned_day, clock, step_day, is_left_over, last_rung, has_enough_past_due),
    rung = last_rung as is_of_last_rung,
    coalesce(has_enough_past_due, false) as has_enough_past_due,
    coalesce(
        (rung > last_rung or is_left_over) and not is_missed and due_date <= planned_day and not is_behind_others,
        false
    ) as is_due,
    clock = 'past_due_age' and step_day < 0 as is_before_due
from placed
