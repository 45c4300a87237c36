-- One row per action of the day of which ledger and activity log do not say the same: carried_out in the ledger,
-- claimed there (by whoever carried it out), and logged as published. There must be none.
-- Parameters: none.
with

logged as (
    select distinct action_id
    from activity_log
    where kind in ('sent', 'todo_created', 'failed') and action_id is not null
),

every as (
    select action_id from carried_out_actions
    union
    select action_id from logged
)

select
    every.action_id,
    coalesce(carried_out_actions.customer_number, '') as customer_number,
    carried_out_actions.action_id is not null as is_carried_out,
    coalesce(carried_out_actions.is_claimed, false) as is_claimed,
    logged.action_id is not null as is_logged
from every
left join carried_out_actions
    on every.action_id = carried_out_actions.action_id
left join logged
    on every.action_id = logged.action_id
where
    carried_out_actions.action_id is null
    or not carried_out_actions.is_claimed
    or logged.action_id is null
order by every.action_id
