-- One row per account with days left after its first event.
-- Parameters: last_day.
select
    account_key,
    day + 1 as next_day
from first_events
where day < $last_day
