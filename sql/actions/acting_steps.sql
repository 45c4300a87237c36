-- One row per step that is to be carried out for a unit on the day, with the identity of just that.
-- Parameters: none.
with

decisions as (
    select *
    from step_decisions
    where verdict in ('act', 'no_contact', 'opted_out', 'stale_extract')
)

select
    decisions.customer_number,
    decisions.currency,
    decisions.invoice_reference,
    decisions.cadence,
    decisions.cadence_version,
    decisions.cycle_start,
    decisions.step,
    decisions.step_number,
    decisions.channel,
    decisions.step_due_date,
    decisions.repetition,
    decisions.sentence,
    unit_facts.scope,
    unit_facts.group_by,
    unit_facts.listed_invoices,
    steps.clock = 'past_due_age' and steps.day < 0 as is_before_due,
    md5(
        concat_ws(
            chr(31),
            decisions.customer_number,
            decisions.currency,
            decisions.invoice_reference,
            decisions.cadence,
            decisions.step,
            cast(decisions.cycle_start as varchar),
            cast(decisions.repetition as varchar)
        )
    ) as unit_step_id
from decisions
inner join unit_facts
    on
        decisions.customer_number = unit_facts.customer_number
        and decisions.currency = unit_facts.currency
        and decisions.invoice_reference = unit_facts.invoice_reference
inner join steps
    on
        decisions.cadence = steps.cadence
        and decisions.cadence_version = steps.version
        and decisions.step_number = steps.step_number
