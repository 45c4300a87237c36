-- One row per unit whose first run day in its cadence and cycle this is.
-- Parameters: none.
select
    customer_number,
    currency,
    invoice_reference,
    cadence,
    version,
    cycle_start
from unit_facts
where is_entering and is_run_day
