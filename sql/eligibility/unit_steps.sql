-- One row per step of an enrolled unit's cadence, from the last rung carried out onwards: when it comes due as
-- things stand, whether it was carried out or missed in this cycle, and whether it is due.
-- Parameters: as_of.
with

units as (
    select
        unit_facts.*,
        unit_last_rungs.last_rung,
        unit_last_rungs.last_rung_on,
        unit_last_rungs.last_contact_on
    from unit_facts
    inner join unit_last_rungs
        on
            unit_facts.customer_number = unit_last_rungs.customer_number
            and unit_facts.currency = unit_last_rungs.currency
            and unit_facts.invoice_reference = unit_last_rungs.invoice_reference
),

missed as (
    select
        units.customer_number,
        units.currency,
        units.invoice_reference,
        units.cadence,
        missed_steps.step
    from units
    inner join missed_steps
        on
            units.customer_number = missed_steps.customer_number
            and units.currency = missed_steps.currency
            and units.invoice_reference = missed_steps.invoice_reference
            and units.cadence = missed_steps.cadence
            and units.cycle_start <= missed_steps.missed_on
    group by
        units.customer_number, units.currency, units.invoice_reference, units.cadence, missed_steps.step
),

owed_before as (
    -- steps that an earlier day planned and nobody carried out: they are still owed though their rung has gone
    select
        units.customer_number,
        units.currency,
        units.invoice_reference,
        units.cadence,
        left_over.step
    from units
    inner join left_over
        on
            units.customer_number = left_over.customer_number
            and units.currency = left_over.currency
            and units.invoice_reference = left_over.invoice_reference
            and units.cadence = left_over.cadence
            and units.cycle_start <= left_over.owed_on
    group by
        units.customer_number, units.currency, units.invoice_reference, units.cadence, left_over.step
),

considered as (
    select
        units.*,
        steps.step_number,
        steps.rung,
        steps.step,
        steps.clock,
        steps.day as step_day,
        steps.days as step_days,
        steps.round,
        steps.channel,
        steps.repeat_every,
        steps.repeat_limit,
        case when step_thresholds.cadence is null then 0 else step_thresholds.min_past_due end as min_past_due,
        unit_progress.last_carried_out_on,
        unit_progress.last_repetition,
        unit_progress.step is not null as is_carried_out,
        owed_before.step is not null and unit_progress.step is null as is_left_over,
        unit_progress.step is null
        and (
            missed.step is not null
            or (
                steps.clock = 'past_due_age'
                and steps.day < 0
                and (coalesce(units.past_due_age_days > 0, false) or past_due_before.customer_number is not null)
            )
        ) as is_missed,
        case steps.clock
            when 'account_age' then units.oldest_issue_date
            when 'past_due_age' then units.oldest_due_date
            else units.last_rung_on
        end as anchor
    from units
    inner join steps
        on
            units.cadence = steps.cadence
            and units.version = steps.version
            and units.last_rung <= steps.rung
    left join step_thresholds
        on
            steps.cadence = step_thresholds.cadence
            and steps.version = step_thresholds.version
            and steps.step_number = step_thresholds.step_number
            and units.currency = step_thresholds.currency
    left join unit_progress
        on
            units.customer_number = unit_progress.customer_number
            and units.currency = unit_progress.currency
            and units.invoice_reference = unit_progress.invoice_reference
            and steps.step_number = unit_progress.step_number
    left join missed
        on
            units.customer_number = missed.customer_number
            and units.currency = missed.currency
            and units.invoice_reference = missed.invoice_reference
            and units.cadence = missed.cadence
            and steps.step = missed.step
    left join owed_before
        on
            units.customer_number = owed_before.customer_number
            and units.currency = owed_before.currency
            and units.invoice_reference = owed_before.invoice_reference
            and units.cadence = owed_before.cadence
            and steps.step = owed_before.step
    left join past_due_before
        on
            units.customer_number = past_due_before.customer_number
            and units.currency = past_due_before.currency
            and units.invoice_reference = ''
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
    from considered
    left join business_days as anchor_day
        on
            considered.holiday_country = anchor_day.country
            and considered.anchor = anchor_day.day
            and considered.step_days = 'business'
            and considered.step_day <> 0
),

dated as (
    select
        anchored.*,
        case
            when anchored.step_days = 'business' and anchored.step_day <> 0 then due_day.day
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
        *,
        cast(case when round = 'end_of_month' then last_day(unrounded_due_date) else unrounded_due_date end as date)
            as due_date,
        -- how many later steps before this one can still act: none may, for a step counted from the previous one;
        -- one that counts from a due date never can while the unit has none
        sum(
            case
                when clock = 'past_due_age' and oldest_due_date is null then 0
                when rung > last_rung and not is_missed then 1
                else 0
            end
        ) over (
            partition by customer_number, currency, invoice_reference
            order by rung
            range between unbounded preceding and 1 preceding
        ) as steps_in_between
    from dated
)

select
    * exclude (unrounded_due_date, wanted_business_day, anchor, steps_in_between),
    coalesce(
        (rung > last_rung or is_left_over)
        and not is_missed
        and due_date <= $as_of
        and (clock <> 'since_previous_step' or coalesce(steps_in_between, 0) = 0),
        false
    ) as is_due,
    clock = 'since_previous_step' and coalesce(steps_in_between, 0) > 0 as is_behind_others
from rounded
