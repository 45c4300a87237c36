-- One row per day, kind of activity and channel (empty: none): how often it happened, and what it cost.
-- Parameters: none.
select
    activity_date as day,
    kind,
    coalesce(channel, '') as channel,
    coalesce(cost_currency, '') as cost_currency,
    count(*) as activity_count,
    sum(cost) as cost
from activity_log
group by activity_date, kind, coalesce(channel, ''), coalesce(cost_currency, '')
order by activity_date, kind, channel, cost_currency
