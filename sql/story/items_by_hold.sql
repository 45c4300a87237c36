-- One row per day, currency and reason why items may not be chased (chaseable: they may): how many there are, what is
-- open of them, and how long the longest of these holds lasts.
-- Parameters: none.
select
    day,
    currency,
    coalesce(not_chaseable_because, 'chaseable') as hold,
    count(*) as item_count,
    sum(open_amount) as open_amount,
    max(held_until) as longest_until
from open_items
group by day, currency, coalesce(not_chaseable_because, 'chaseable')
order by day, currency, hold
