-- One row per planned day and step that was found to be missed, on a run day of its cadence, and was not known to be
-- missed in this cycle before.
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
left join missed_steps as known
    on
        units.customer_number = known.customer_number
        and units.currency = known.currency
        and units.invoice_reference = known.invoice_reference
        and units.cadence = known.cadence
        and steps.step = known.step
        and units.cycle_start <= known.missed_on
        and units.day > known.missed_on
where
    step_verdicts.verdict = 'missed'
    and unit_facts.is_run_day
    and known.step is null
