-- One row per open item that an action lists, in the order in which it lists them.
-- Parameters: none.
with

listed as (
    select
        action_id,
        action_date,
        customer_number,
        currency,
        unnest(invoice_numbers) as invoice_reference,
        generate_subscripts(invoice_numbers, 1) as place
    from action_table
)

select
    listed.action_id,
    open_items.invoice_reference as reference,
    open_items.issue_date,
    open_items.due_date,
    open_items.amount,
    open_items.open_amount,
    open_items.days_past_due,
    open_items.url,
    invoices.pdf
from listed
inner join open_items
    on
        listed.action_date = open_items.day
        and listed.customer_number = open_items.customer_number
        and listed.currency = open_items.currency
        and listed.invoice_reference = open_items.invoice_reference
inner join invoices
    on
        open_items.invoice_number = invoices.invoice_number
        and coalesce(open_items.instalment, 0) = coalesce(invoices.instalment, 0)
order by listed.action_id, listed.place
