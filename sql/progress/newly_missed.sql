-- One row per planned day and step that was found to be missed, on a run day of its cadence.
-- Parameters: none.
select
    units.day,
    units.account_key,
    units.customer_number,
    units.currency,
    units.invoice_reference,
    units.cadence,
    steps.step
from step_verdicts
inner join steps
    on step_verdicts.step_key = steps.step_key
inner join units
    on step_verdicts.unit_key = units.unit_key
inner join unit_facts
    on step_verdicts.unit_key = unit_facts.unit_key
where
    step_verdicts.verdict = 'missed'
    and unit_facts.is_run_day
