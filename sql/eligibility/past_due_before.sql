-- One row per account that had, on some day of its present cycle, a chaseable item past due.
-- Parameters: none.
with

units as (
    select * from units where invoice_reference = ''
)

select distinct
    units.customer_number,
    units.currency
from units
inner join chaseable_spells
    on
        units.customer_number = chaseable_spells.customer_number
        and units.currency = chaseable_spells.currency
        and units.cycle_start <= chaseable_spells.last_day
        and chaseable_spells.due_date < chaseable_spells.last_day
