-- One row per step that the day found to be missed, on a run day of its cadence.
-- Parameters: none.
select
    step_decisions.customer_number,
    step_decisions.currency,
    step_decisions.invoice_reference,
    step_decisions.cadence,
    step_decisions.step
from step_decisions
inner join unit_facts
    on
        step_decisions.customer_number = unit_facts.customer_number
        and step_decisions.currency = unit_facts.currency
        and step_decisions.invoice_reference = unit_facts.invoice_reference
where
    step_decisions.verdict = 'missed'
    and unit_facts.is_run_day
