-- One row per unit with what its steps are measured against: the oldest dates and amounts of its counted items
-- (chaseable and large enough for the cadence), the account's chaseable balance, how far it has climbed, and
-- unit_verdict: what keeps all its steps from acting, null where nothing does.
-- Parameters: none.
with

items as (
    select
        units.unit_key,
        items.open_amount,
        items.days_past_due,
        items.issue_date,
        items.due_date,
        items.held_until,
        items.block_weight,
        items.block_weight = 9 and items.open_amount >= units.min_open as is_counted
    from units
    inner join day_items as items
        on
            units.account_key = items.account_key
            and units.day = items.day
            and (units.span_key is null or units.span_key = items.span_key)
),

summed as (
    select
        unit_key,
        min(issue_date) filter (where is_counted) as oldest_issue_date,
        min(due_date) filter (where is_counted) as oldest_due_date,
        sum(open_amount) filter (where is_counted) as chaseable_amount,
        sum(open_amount) filter (where is_counted and days_past_due > 0) as amount_past_due,
        min(block_weight) as block_weight,
        max(held_until) as held_until
    from items
    group by unit_key
),

of_invoices as (
    -- where invoices climb, the account's balance is what theirs add up to
    select
        units.day,
        units.account_key,
        sum(summed.chaseable_amount) as chaseable_amount
    from units
    inner join summed
        on units.unit_key = summed.unit_key
    where units.scope = 'invoice'
    group by units.day, units.account_key
),

climbed as (
    select
        unit_key,
        -- the last rung and the last day it was carried out on: one number is compared faster than a struct
        max(cast(rung as bigint) * 10000000 + date_diff('day', date '0001-01-01', carried_out_on)) as last_rung_and_day,
        max(contact_on) as last_contact_on
    from unit_activities
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
        units.holiday_country,
        units.min_balance,
        units.min_open,
        units.is_entering,
        units.scope = 'account' as is_account,
        summed.oldest_issue_date,
        summed.oldest_due_date,
        coalesce(summed.amount_past_due, 0) as amount_past_due,
        summed.held_until,
        date_diff('day', summed.oldest_issue_date, units.day) as account_age_days,
        date_diff('day', summed.oldest_due_date, units.day) as past_due_age_days,
        coalesce(of_invoices.chaseable_amount, summed.chaseable_amount, 0) - units.unapplied_credit
            as chaseable_balance,
        run_calendar.is_run_day,
        run_calendar.previous_run_day,
        run_calendar.next_run_day,
        coalesce(cast(floor(climbed.last_rung_and_day / 10000000) as integer), 0) as last_rung,
        date '0001-01-01' + cast(climbed.last_rung_and_day % 10000000 as integer) as last_rung_on,
        climbed.last_contact_on,
        coalesce(date_diff('day', climbed.last_contact_on, units.day) < units.min_gap_days, false) as is_in_gap,
        case
            when summed.oldest_issue_date is not null then null
            when summed.block_weight = 1 then 'do_not_chase'
            when summed.block_weight = 2 then 'autopay'
            when summed.block_weight = 3 then 'disputed'
            when summed.block_weight = 4 then 'paused'
            when summed.block_weight = 5 then 'promise'
            else 'below_minimum'
        end as blocked_because
    from units
    inner join summed
        on units.unit_key = summed.unit_key
    inner join run_calendar
        on
            units.cadence_key = run_calendar.cadence_key
            and units.holiday_country = run_calendar.country
            and units.day = run_calendar.day
    left join of_invoices
        on
            units.account_key = of_invoices.account_key
            and units.day = of_invoices.day
    left join climbed
        on units.unit_key = climbed.unit_key
)

select
    *,
    case
        when blocked_because is not null then blocked_because
        when min_balance is null or chaseable_balance < min_balance or chaseable_balance <= 0 then 'below_minimum'
        when not is_run_day then 'waiting_run_day'
    end as unit_verdict
from facts
