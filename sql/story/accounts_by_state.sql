-- One row per day, state and currency: how many accounts stand there with their next step, and what they owe.
-- Parameters: none.
select
    day,
    state,
    currency,
    count(*) as account_count,
    sum(balance) as balance
from chasing_progress
group by day, state, currency
order by day, state, currency
