-- One row per planned day and unit whose first run day in its cadence and cycle this is.
-- Parameters: none.
select
    units.day,
    units.account_key,
    units.customer_number,
    units.currency,
    units.invoice_reference,
    units.cadence,
    units.version,
    units.cycle_start
from units
inner join unit_facts
    on units.unit_key = unit_facts.unit_key
where units.is_entering and unit_facts.is_run_day
