-- One row per step that is carried out on the first day on which something happens to its account, as carried_out.
-- Parameters: none.
select
    action_units.customer_number,
    action_units.currency,
    action_units.invoice_reference,
    action_units.cadence,
    action_units.step,
    action_units.repetition,
    action_units.day as carried_out_on,
    action_table.status in ('ready', 'todo', 'held') and action_table.channel <> 'escalate' as is_contact
from action_units
inner join first_events
    on
        action_units.account_key = first_events.account_key
        and action_units.day = first_events.day
inner join action_table
    on
        action_units.action_id = action_table.action_id
        and action_units.day = action_table.action_date
