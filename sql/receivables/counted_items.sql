-- One row per invoice, or instalment of one, that counts: no draft, not void. Made once per extract.
-- Parameters: none.
with

customers as (
    select
        customer_number,
        chase,
        autopay
    from customers
)

select
    row_number() over (order by invoices.customer_number, invoices.invoice_number, invoices.instalment) as item_key,
    invoices.customer_number,
    invoices.currency,
    invoices.invoice_number,
    invoices.instalment,
    case
        when invoices.instalment = 0 then invoices.invoice_number
        else concat(invoices.invoice_number, '#', cast(invoices.instalment as varchar))
    end as invoice_reference,
    invoices.issue_date,
    invoices.due_date,
    invoices.amount,
    invoices.balance,
    invoices.paid_on,
    invoices.status,
    invoices.url,
    not customers.chase as is_never_chased,
    invoices.autopay or customers.autopay as is_autopay,
    case
        when invoices.disputed or invoices.disputed_on is not null or invoices.dispute_closed_on is not null
            then coalesce(invoices.disputed_on, date '0001-01-01')
    end as disputed_from,
    invoices.dispute_closed_on - 1 as disputed_until
from invoices
inner join customers
    on invoices.customer_number = customers.customer_number
where invoices.status not in ('draft', 'void')
