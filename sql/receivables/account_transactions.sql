-- One row per transaction with the account that it counts for (its invoice's customer, else its own) and what it
-- settles: an item (item_key), the instalments of an invoice by due date (is_shared: it names none of them), or
-- nothing but the account's balance. Made once per extract.
-- Parameters: none.
with

items as (
    select
        item_key,
        invoice_number,
        instalment
    from counted_items
),

invoice_customers as (
    select
        invoice_number,
        min(customer_number) as customer_number
    from invoices
    group by invoice_number
),

counted_invoices as (
    select distinct invoice_number
    from items
)

select
    coalesce(invoice_customers.customer_number, transactions.customer_number) as customer_number,
    transactions.currency,
    transactions.invoice_number,
    items.item_key,
    items.item_key is null and transactions.instalment is null and counted_invoices.invoice_number is not null
        as is_shared,
    transactions."date" as settled_on,
    transactions.reduces_by
from transactions
left join invoice_customers
    on transactions.invoice_number = invoice_customers.invoice_number
left join items
    on
        transactions.invoice_number = items.invoice_number
        and coalesce(transactions.instalment, 0) = items.instalment
left join counted_invoices
    on transactions.invoice_number = counted_invoices.invoice_number
