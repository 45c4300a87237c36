-- One row per held action that the filters let through, the largest balance first.
-- Parameters: cadence, step, channel (each empty for any).
select action_id
from held_actions
where
    ($cadence = '' or cadence = $cadence)
    and ($step = '' or step = $step)
    and ($channel = '' or channel = $channel)
order by balance desc, customer_number asc, currency asc, step_number asc, action_id asc
