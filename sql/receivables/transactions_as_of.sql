-- One row per transaction dated on or before the day, with the account that it counts for:
-- its invoice's customer, else its own.
-- Parameters: as_of.
with

transactions as (
    select * from transactions where "date" <= $as_of
),

invoice_customers as (
    select
        invoice_number,
        min(customer_number) as invoice_customer
    from invoices
    group by invoice_number
)

select
    transactions.transaction_id,
    coalesce(invoice_customers.invoice_customer, transactions.customer_number) as customer_number,
    transactions.currency,
    transactions.invoice_number,
    coalesce(transactions.instalment, 0) as instalment,
    transactions."date",
    transactions.reduces_by
from transactions
left join invoice_customers
    on transactions.invoice_number = invoice_customers.invoice_number
