-- One row per day: how many accounts chasing_progress has for it.
-- Parameters: none.
select
    day,
    count(*) as row_count
from chasing_progress
group by day
