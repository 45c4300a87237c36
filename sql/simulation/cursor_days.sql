-- One row per day that some account comes to next.
-- Parameters: none.
select distinct next_day as day
from cursors
order by day
