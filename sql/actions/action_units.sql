-- One row per unit and step that an action carries out. An account's step is an action of its own; the steps of
-- invoices are grouped as the cadence says (group_by: step, phase or none). leads: the most advanced step of the
-- action, whose channel and template it takes.
-- Parameters: none.
with

grouped as (
    select
        *,
        case
            when scope = 'account' or group_by = 'none' then unit_step_id
            when group_by = 'step' then step
            when is_before_due then 'before due'
            else 'overdue'
        end as action_group
    from acting_steps
),

identities as (
    select
        day,
        account_key,
        cadence_key,
        action_group,
        case
            when count(*) = 1 then min(unit_step_id)
            else md5(array_to_string(list_sort(list(unit_step_id)), ','))
        end as action_id,
        max(step_number) as leading_step_number
    from grouped
    group by day, account_key, cadence_key, action_group
)

select
    identities.action_id,
    grouped.* exclude (action_group),
    grouped.step_number = identities.leading_step_number as leads
from grouped
inner join identities
    on
        grouped.day = identities.day
        and grouped.account_key = identities.account_key
        and grouped.cadence_key = identities.cadence_key
        and grouped.action_group = identities.action_group
