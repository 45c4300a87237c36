-- One row per planned day and step that was found to be missed, on a run day of its cadence, and was not known to be
-- missed in this cycle before.
-- Parameters: none.
select
    step_decisions.day,
    step_decisions.account_key,
    step_decisions.customer_number,
    step_decisions.currency,
    step_decisions.invoice_reference,
    step_decisions.cadence,
    step_decisions.step
from step_decisions
inner join unit_facts
    on step_decisions.unit_key = unit_facts.unit_key
left join missed_steps as known
    on
        step_decisions.customer_number = known.customer_number
        and step_decisions.currency = known.currency
        and step_decisions.invoice_reference = known.invoice_reference
        and step_decisions.cadence = known.cadence
        and step_decisions.step = known.step
        and step_decisions.cycle_start <= known.missed_on
        and step_decisions.day > known.missed_on
where
    step_decisions.verdict = 'missed'
    and unit_facts.is_run_day
    and known.step is null
