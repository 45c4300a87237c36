-- One row per day and verdict: how many steps have it, of how many accounts.
-- Parameters: none.
select
    day,
    verdict,
    count(*) as step_count,
    count(distinct concat(customer_number, ' ', currency)) as account_count
from step_decisions
group by day, verdict
order by day, verdict
