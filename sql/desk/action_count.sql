-- One row: how many actions the day's plan has.
-- Parameters: none.
select count(*) as action_count
from action_table
