-- One row per action of the first day on which something happens to its account, with the steps of units that it
-- carries out.
-- Parameters: none.
with

unit_steps as (
    select
        action_units.action_id,
        action_units.day,
        list_sort(
            list(struct_pack(invoice_reference := action_units.invoice_reference, step := action_units.step))
        ) as unit_steps
    from action_units
    inner join first_events
        on
            action_units.account_key = first_events.account_key
            and action_units.day = first_events.day
    group by action_units.action_id, action_units.day
)

select
    action_table.action_date,
    action_table.customer_number,
    action_table.currency,
    action_table.cadence,
    action_table.step,
    action_table.step_number,
    action_table.channel,
    array_to_string(action_table.invoice_numbers, ';') as invoice_numbers,
    action_table.balance,
    action_table.estimated_cost,
    action_table.cost_currency,
    action_table.status,
    unit_steps.unit_steps
from action_table
inner join unit_steps
    on
        action_table.action_id = unit_steps.action_id
        and action_table.action_date = unit_steps.day
