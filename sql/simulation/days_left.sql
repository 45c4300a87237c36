-- One row: how many days of accounts are still to be simulated at the most.
-- Parameters: last_day.
select coalesce(sum(date_diff('day', next_day, cast($last_day as date)) + 1), 0) as account_days
from cursors
