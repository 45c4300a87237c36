-- One row per unit with what its steps are measured against: the oldest dates and amounts of its counted items
-- (chaseable and large enough for the cadence), the account's chaseable balance, how far it has climbed, whom it
-- reaches, and unit_verdict: what keeps all its steps from acting, null where nothing does.
-- Parameters: none.
with

weighed as (
    select
        units.unit_key,
        items.issue_date,
        items.due_date,
        items.open_amount,
        items.days_past_due,
        items.held_until,
        items.is_chaseable and items.open_amount >= units.min_open as is_counted,
        case items.not_chaseable_because
            when 'do_not_chase' then 1
            when 'autopay' then 2
            when 'disputed' then 3
            when 'paused' then 4
            when 'promise' then 5
            else 6
        end as weight
    from units
    inner join open_items as items
        on
            units.account_key = items.account_key
            and units.day = items.day
            and (units.invoice_reference = '' or units.invoice_reference = items.invoice_reference)
),

summed as (
    select
        unit_key,
        min(case when is_counted then issue_date end) as oldest_issue_date,
        min(case when is_counted then due_date end) as oldest_due_date,
        sum(case when is_counted then open_amount else 0 end) as chaseable_amount,
        sum(case when is_counted and days_past_due > 0 then open_amount else 0 end) as amount_past_due,
        max(case when is_counted then 1 else 0 end) = 1 as has_counted_item,
        min(case when is_counted then 9 else weight end) as weight,
        max(case when not is_counted then held_until end) as held_until
    from weighed
    group by unit_key
),

chaseable as (
    select
        units.account_key,
        units.day,
        sum(summed.chaseable_amount) as chaseable_amount
    from units
    inner join summed
        on units.unit_key = summed.unit_key
    group by units.account_key, units.day
),

climbed as (
    select
        unit_key,
        max(struct_pack(rung := rung, done_on := last_carried_out_on)) as last_rung,
        max(last_contact_on) as last_contact_on
    from unit_progress
    group by unit_key
),

facts as (
    select
        units.unit_key,
        units.day,
        units.account_key,
        units.cadence_key,
        units.currency,
        units.cycle_start,
        units.is_entering,
        units.holiday_country,
        units.min_balance,
        units.min_open,
        units.invoice_reference = '' as is_account,
        summed.* exclude (unit_key, weight),
        date_diff('day', summed.oldest_issue_date, units.day) as account_age_days,
        date_diff('day', summed.oldest_due_date, units.day) as past_due_age_days,
        chaseable.chaseable_amount - account_aging.unapplied_credit as chaseable_balance,
        case when units.is_entering then cadences.late_entry else cadences.catch_up end as policy,
        cadences.min_gap_days,
        run_calendar.is_run_day,
        run_calendar.previous_run_day,
        run_calendar.next_run_day,
        coalesce(climbed.last_rung.rung, 0) as last_rung,
        case when climbed.last_rung.rung > 0 then climbed.last_rung.done_on end as last_rung_on,
        climbed.last_contact_on,
        coalesce(date_diff('day', climbed.last_contact_on, units.day) < cadences.min_gap_days, false) as is_in_gap,
        ways.email_recipient is not null as has_email,
        coalesce(ways.email_opted_out, false) as email_opted_out,
        ways.sms_recipient is not null as has_sms,
        coalesce(ways.sms_opted_out, false) as sms_opted_out,
        ways.call_recipient is not null as has_call,
        coalesce(ways.call_opted_out, false) as call_opted_out,
        ways.letter_recipient is not null as has_letter,
        case
            when summed.has_counted_item then null
            when summed.weight = 1 then 'do_not_chase'
            when summed.weight = 2 then 'autopay'
            when summed.weight = 3 then 'disputed'
            when summed.weight = 4 then 'paused'
            when summed.weight = 5 then 'promise'
            else 'below_minimum'
        end as blocked_because
    from units
    inner join summed
        on units.unit_key = summed.unit_key
    inner join chaseable
        on
            units.account_key = chaseable.account_key
            and units.day = chaseable.day
    inner join account_aging
        on
            units.account_key = account_aging.account_key
            and units.day = account_aging.day
    inner join cadences
        on units.cadence_key = cadences.cadence_key
    inner join run_calendar
        on
            units.cadence_key = run_calendar.cadence_key
            and units.holiday_country = run_calendar.country
            and units.day = run_calendar.day
    left join climbed
        on units.unit_key = climbed.unit_key
    left join ways_to_reach as ways
        on units.customer_number = ways.customer_number
)

select
    *,
    case
        when blocked_because is not null then blocked_because
        when min_balance is null or chaseable_balance < min_balance or chaseable_balance <= 0 then 'below_minimum'
        when not is_run_day then 'waiting_run_day'
    end as unit_verdict
from facts
