-- One row per action of the day that is held for approval and was not released since it was planned.
-- Parameters: none.
with

units as (
    select * from action_units
),

actions as (
    select * from action_table
),

waiting as (
    select distinct units.action_id
    from units
    left join released_unit_steps
        on units.unit_step_id = released_unit_steps.unit_step_id
    where released_unit_steps.unit_step_id is null
)

select
    actions.action_id,
    actions.customer_number,
    actions.currency,
    actions.cadence,
    actions.step,
    actions.step_number,
    actions.channel,
    actions.balance
from actions
inner join waiting
    on actions.action_id = waiting.action_id
where actions.status = 'held'
