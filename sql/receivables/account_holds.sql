-- One row per hold and account that it is on, or item where it names an invoice (item_key; 0: the whole account).
-- Parameters: none.
with

invoice_holds as (
    select * from holds where invoice_number <> ''
)

select
    accounts.account_key,
    0 as item_key,
    holds.kind,
    holds.held_from,
    holds.held_until
from holds
inner join accounts
    on holds.customer_number = accounts.customer_number
where holds.invoice_number = ''
union all
-- an item has as many rows there as it has spans
select distinct
    items.account_key,
    items.item_key,
    invoice_holds.kind,
    invoice_holds.held_from,
    invoice_holds.held_until
from invoice_holds
inner join item_history as items
    on
        invoice_holds.customer_number = items.customer_number
        and invoice_holds.invoice_number = items.invoice_number
