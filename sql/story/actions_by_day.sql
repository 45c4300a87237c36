-- One row per day that has actions: how many.
-- Parameters: none.
select
    action_date as day,
    count(*) as action_count
from action_table
group by action_date
order by action_date
