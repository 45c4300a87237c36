-- One row per step of a unit that one of the named actions of the day carries out.
-- Parameters: action_ids (a list).
select *
from action_units
where action_id in (select unnest($action_ids))
