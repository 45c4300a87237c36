-- One row per action of a published day, with the status that it has once what was just released is held no longer.
-- Parameters: none.
select
    published_actions.* exclude (status),
    case
        when published_actions.status <> 'held' or released_actions.action_id is null then published_actions.status
        when published_actions.channel in ('phone_call', 'escalate') then 'todo'
        else 'ready'
    end as status
from published_actions
left join released_actions
    on published_actions.action_id = released_actions.action_id
