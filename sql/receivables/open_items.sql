-- One row per invoice, or instalment of one, with something left to pay on the day.
-- Parameters: as_of.
with

items as (
    select * from item_balances where net_amount > 0
),

customers as (
    select * from customers
),

holds as (
    select * from holds_as_of
),

judged as (
    select
        items.*,
        date_diff('day', items.due_date, cast($as_of as date)) as days_past_due,
        (items.disputed or items.disputed_on is not null or items.dispute_closed_on is not null)
        and coalesce(items.disputed_on, date '0001-01-01') <= $as_of
        and $as_of < coalesce(items.dispute_closed_on, date '9999-12-31') as is_disputed,
        not customers.chase as is_never_chased,
        items.autopay or customers.autopay as is_autopay,
        coalesce(customer_holds.weight, 9) as customer_weight,
        coalesce(invoice_holds.weight, 9) as invoice_weight,
        customer_holds.because as customer_because,
        customer_holds.held_until as customer_held_until,
        invoice_holds.because as invoice_because,
        invoice_holds.held_until as invoice_held_until
    from items
    inner join customers
        on items.customer_number = customers.customer_number
    left join holds as customer_holds
        on
            items.customer_number = customer_holds.customer_number
            and customer_holds.invoice_number = ''
    left join holds as invoice_holds
        on
            items.customer_number = invoice_holds.customer_number
            and items.invoice_number = invoice_holds.invoice_number
),

explained as (
    select
        *,
        case
            when is_never_chased then 'do_not_chase'
            when least(customer_weight, invoice_weight) = 1 then 'do_not_chase'
            when is_autopay then 'autopay'
            when is_disputed then 'disputed'
            when customer_weight <= invoice_weight then customer_because
            else invoice_because
        end as not_chaseable_because,
        case
            when is_never_chased or is_autopay then null
            when least(customer_weight, invoice_weight) > 1 and is_disputed then dispute_closed_on - 1
            when customer_weight <= invoice_weight then customer_held_until
            else invoice_held_until
        end as held_until
    from judged
)

select
    cast($as_of as date) as day,
    customer_number,
    currency,
    invoice_number,
    instalment,
    case
        when instalment = 0 then invoice_number
        else concat(invoice_number, '#', cast(instalment as varchar))
    end as invoice_reference,
    issue_date,
    due_date,
    amount,
    net_amount as open_amount,
    days_past_due,
    case
        when coalesce(days_past_due, 0) <= 0 then 'current'
        when days_past_due <= 30 then '1-30'
        when days_past_due <= 60 then '31-60'
        when days_past_due <= 90 then '61-90'
        else '90+'
    end as bucket,
    not_chaseable_because is null as is_chaseable,
    not_chaseable_because,
    held_until,
    url
from explained
