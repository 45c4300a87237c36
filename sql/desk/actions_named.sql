-- One row per action of the day that is named.
-- Parameters: action_ids (a list).
select *
from action_table
where action_id in (select unnest($action_ids))
