-- One row per enrolled unit whose cycle has ended: its account or invoice has nothing left to pay.
-- Parameters: none.
with

running as (
    select distinct
        customer_number,
        currency,
        invoice_reference,
        cadence
    from enrolments
    where stopped_on is null
),

owing as (
    select
        customer_number,
        currency,
        '' as invoice_reference
    from account_cycles
    union all
    select
        customer_number,
        currency,
        invoice_reference
    from open_items
)

select
    running.customer_number,
    running.currency,
    running.invoice_reference,
    running.cadence
from running
left join owing
    on
        running.customer_number = owing.customer_number
        and running.currency = owing.currency
        and running.invoice_reference = owing.invoice_reference
where owing.customer_number is null
