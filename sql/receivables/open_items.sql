-- One row per planned day and invoice, or instalment of one, with something left to pay. block_weight: the weightiest
-- reason not to chase it, 1 to 5 as not_chaseable_because names them; 9: none.
-- Parameters: first_day, last_day.
with

spans as (
    select *
    from item_spans
    where
        until_day >= $first_day
        and from_day <= $last_day
),

customer_holds as (
    select * from day_holds where invoice_number = ''
),

invoice_holds as (
    select * from day_holds where invoice_number <> ''
),

judged as (
    select
        planned_days.day,
        spans.* exclude (from_day, until_day, is_settled_next),
        date_diff('day', spans.due_date, planned_days.day) as days_past_due,
        coalesce(
            spans.disputed_from <= planned_days.day
            and planned_days.day <= coalesce(spans.disputed_until, date '9999-12-31'),
            false
        ) as is_disputed,
        coalesce(customer_holds.weight, 9) as customer_weight,
        coalesce(invoice_holds.weight, 9) as invoice_weight,
        customer_holds.held_until as customer_held_until,
        invoice_holds.held_until as invoice_held_until
    from spans
    inner join planned_days
        on
            spans.from_day <= planned_days.day
            and spans.until_day >= planned_days.day
    left join customer_holds
        on
            spans.customer_number = customer_holds.customer_number
            and planned_days.day = customer_holds.day
    left join invoice_holds
        on
            spans.customer_number = invoice_holds.customer_number
            and spans.invoice_number = invoice_holds.invoice_number
            and planned_days.day = invoice_holds.day
),

weighed as (
    select
        *,
        case
            when is_never_chased then 1
            when least(customer_weight, invoice_weight) = 1 then 1
            when is_autopay then 2
            when is_disputed then 3
            else least(customer_weight, invoice_weight)
        end as block_weight
    from judged
)

select
    day,
    account_key,
    item_key,
    customer_number,
    currency,
    invoice_number,
    instalment,
    invoice_reference,
    issue_date,
    due_date,
    amount,
    open_amount,
    days_past_due,
    case
        when coalesce(days_past_due, 0) <= 0 then 'current'
        when days_past_due <= 30 then '1-30'
        when days_past_due <= 60 then '31-60'
        when days_past_due <= 90 then '61-90'
        else '90+'
    end as bucket,
    block_weight = 9 as is_chaseable,
    block_weight,
    case block_weight
        when 1 then 'do_not_chase'
        when 2 then 'autopay'
        when 3 then 'disputed'
        when 4 then 'paused'
        when 5 then 'promise'
    end as not_chaseable_because,
    case
        when is_never_chased or is_autopay then null
        when least(customer_weight, invoice_weight) > 1 and is_disputed then disputed_until
        when customer_weight <= invoice_weight then customer_held_until
        else invoice_held_until
    end as held_until,
    url
from weighed
