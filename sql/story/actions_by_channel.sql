-- One row per day, channel, cadence, currency and status: how many actions there are, what they chase and will cost.
-- Parameters: none.
select
    action_date as day,
    channel,
    cadence,
    currency,
    status,
    count(*) as action_count,
    sum(balance) as balance,
    sum(estimated_cost) as estimated_cost,
    any_value(cost_currency) as cost_currency
from action_table
group by action_date, channel, cadence, currency, status
order by action_date, channel, cadence, currency, status
