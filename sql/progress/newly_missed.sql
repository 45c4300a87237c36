-- One row per planned day and step that was found to be missed, on a run day of its cadence.
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
where
    step_decisions.verdict = 'missed'
    and unit_facts.is_run_day
