-- One row per planned day and running unit whose cycle has ended: its account or invoice has nothing left to pay.
-- Parameters: none.
with

owing as (
    select
        account_cycles.day,
        accounts.customer_number,
        accounts.currency,
        '' as invoice_reference
    from account_cycles
    inner join accounts
        on account_cycles.account_key = accounts.account_key
    union all
    select
        day,
        customer_number,
        currency,
        invoice_reference
    from open_items
)

select running_units.*
from running_units
left join owing
    on
        running_units.day = owing.day
        and running_units.customer_number = owing.customer_number
        and running_units.currency = owing.currency
        and running_units.invoice_reference = owing.invoice_reference
where owing.customer_number is null
