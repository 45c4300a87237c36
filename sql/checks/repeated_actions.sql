-- One row per planned day and (unit, cadence, step, cycle, repetition) that more than one action carries out: there
-- must be none.
-- Parameters: none.
select
    day,
    customer_number,
    currency,
    invoice_reference,
    cadence,
    step,
    count(*) as action_count
from action_units
group by day, customer_number, currency, invoice_reference, cadence, step, cycle_start, repetition
having count(*) > 1
order by day, customer_number, currency, invoice_reference, cadence, step
