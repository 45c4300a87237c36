-- One row per cadence, step, channel and currency of held actions: how many there are, and what their customers owe.
-- Parameters: none.
select
    cadence,
    step,
    channel,
    currency,
    min(step_number) as step_number,
    count(*) as action_count,
    sum(balance) as balance
from held_actions
group by cadence, step, channel, currency
order by cadence, step_number, step, channel, currency
