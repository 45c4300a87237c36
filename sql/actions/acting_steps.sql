-- One row per step that is to be carried out for a unit on its planned day, with the identity of just that.
-- Parameters: none.
with

decisions as (
    select *
    from step_decisions
    where verdict in ('act', 'no_contact', 'opted_out', 'stale_extract')
)

select
    decisions.day,
    decisions.unit_key,
    decisions.step_key,
    decisions.account_key,
    decisions.customer_number,
    decisions.currency,
    decisions.invoice_reference,
    decisions.cadence,
    decisions.cadence_version,
    decisions.cycle_start,
    decisions.step,
    decisions.step_number,
    decisions.step_due_date,
    decisions.repetition,
    decisions.is_before_due,
    decisions.sentence,
    cadences.cadence_key,
    cadences.scope,
    cadences.group_by,
    cadences.invoices as listed_invoices,
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
inner join steps
    on decisions.step_key = steps.step_key
inner join cadences
    on steps.cadence_key = cadences.cadence_key
