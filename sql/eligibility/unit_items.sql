-- One row per open item of an enrolled unit; is_counted: it is chaseable and large enough for the cadence.
-- Parameters: none.
with

units as (
    select * from units
),

items as (
    select * from open_items
)

select
    units.customer_number,
    units.currency,
    units.invoice_reference,
    items.invoice_reference as item_reference,
    items.issue_date,
    items.due_date,
    items.amount,
    items.open_amount,
    items.days_past_due,
    items.not_chaseable_because,
    items.held_until,
    items.is_chaseable and items.open_amount >= units.min_open as is_counted
from units
inner join items
    on
        units.customer_number = items.customer_number
        and units.currency = items.currency
        and units.invoice_reference in ('', items.invoice_reference)
