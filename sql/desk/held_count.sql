-- One row: how many actions of the day are held.
-- Parameters: none.
select count(*) as action_count
from held_actions
