-- One row per planned day, channel, currency and status: how many actions there are, and the balance that they chase.
-- Parameters: none.
select
    action_date as day,
    channel,
    currency,
    status,
    count(*) as action_count,
    sum(balance) as balance
from action_table
group by action_date, channel, currency, status
order by action_date, channel, currency, status
