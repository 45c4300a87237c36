-- One row per day of action_units: how many rows it has.
-- Parameters: none.
select
    day,
    count(*) as row_count
from action_units
group by day
order by day
