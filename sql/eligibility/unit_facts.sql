-- One row per enrolled unit with what its steps are measured against: the oldest dates and amounts of its counted
-- items, the account's chaseable balance, and, where no item counts, why.
-- Parameters: as_of.
with

units as (
    select * from units
),

credits as (
    select
        customer_number,
        currency,
        unapplied_credit
    from account_aging
),

weighed as (
    select
        *,
        case not_chaseable_because
            when 'do_not_chase' then 1
            when 'autopay' then 2
            when 'disputed' then 3
            when 'paused' then 4
            when 'promise' then 5
            else 6
        end as weight
    from unit_items
),

summed as (
    select
        customer_number,
        currency,
        invoice_reference,
        min(case when is_counted then issue_date end) as oldest_issue_date,
        min(case when is_counted then due_date end) as oldest_due_date,
        sum(case when is_counted then open_amount else 0 end) as chaseable_amount,
        sum(case when is_counted and days_past_due > 0 then open_amount else 0 end) as amount_past_due,
        max(case when is_counted then 1 else 0 end) = 1 as has_counted_item,
        min(case when is_counted then 9 else weight end) as weight,
        max(case when not is_counted then held_until end) as held_until
    from weighed
    group by customer_number, currency, invoice_reference
)

select
    units.*,
    summed.oldest_issue_date,
    summed.oldest_due_date,
    date_diff('day', summed.oldest_issue_date, cast($as_of as date)) as account_age_days,
    date_diff('day', summed.oldest_due_date, cast($as_of as date)) as past_due_age_days,
    summed.chaseable_amount,
    summed.amount_past_due,
    summed.has_counted_item,
    case
        when summed.has_counted_item then null
        when summed.weight = 1 then 'do_not_chase'
        when summed.weight = 2 then 'autopay'
        when summed.weight = 3 then 'disputed'
        when summed.weight = 4 then 'paused'
        when summed.weight = 5 then 'promise'
        else 'below_minimum'
    end as blocked_because,
    summed.held_until,
    sum(summed.chaseable_amount) over (partition by units.customer_number, units.currency)
    - credits.unapplied_credit as chaseable_balance,
    run_calendar.is_run_day,
    run_calendar.previous_run_day,
    run_calendar.next_run_day
from units
inner join summed
    on
        units.customer_number = summed.customer_number
        and units.currency = summed.currency
        and units.invoice_reference = summed.invoice_reference
inner join credits
    on
        units.customer_number = credits.customer_number
        and units.currency = credits.currency
inner join run_calendar
    on
        units.cadence = run_calendar.cadence
        and units.version = run_calendar.version
        and units.holiday_country = run_calendar.country
