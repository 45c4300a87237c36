-- One row per planned day and verdict: how many steps have it.
-- Parameters: none.
select
    day,
    verdict,
    count(*) as step_count
from step_decisions
group by day, verdict
order by day, verdict
