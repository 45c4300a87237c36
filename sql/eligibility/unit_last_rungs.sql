-- One row per unit that has a rung carried out in this cycle or was ever contacted: the last rung and its day,
-- the day of the last contact in whatever cycle.
-- Parameters: none.
with

rungs as (
    select
        customer_number,
        currency,
        invoice_reference,
        max(rung) as last_rung,
        max(last_carried_out_on) as last_rung_on
    from unit_progress
    where is_last_rung
    group by customer_number, currency, invoice_reference
),

contacts as (
    select
        carried_out.customer_number,
        carried_out.currency,
        carried_out.invoice_reference,
        max(carried_out.carried_out_on) as last_contact_on
    from carried_out
    where carried_out.is_contact
    group by carried_out.customer_number, carried_out.currency, carried_out.invoice_reference
)

select
    units.customer_number,
    units.currency,
    units.invoice_reference,
    coalesce(rungs.last_rung, 0) as last_rung,
    rungs.last_rung_on,
    contacts.last_contact_on
from units
left join rungs
    on
        units.customer_number = rungs.customer_number
        and units.currency = rungs.currency
        and units.invoice_reference = rungs.invoice_reference
left join contacts
    on
        units.customer_number = contacts.customer_number
        and units.currency = contacts.currency
        and units.invoice_reference = contacts.invoice_reference
