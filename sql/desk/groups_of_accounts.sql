-- One row per cadence, state and currency: how many accounts there are, and what they owe.
-- Parameters: none.
select
    cadence,
    state,
    currency,
    count(*) as account_count,
    sum(balance) as balance,
    sum(past_due_amount) as past_due_amount
from accounts
group by cadence, state, currency
order by cadence nulls last, state, currency
