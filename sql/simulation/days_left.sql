-- One row: how many days of accounts are still to be simulated, and the first of these days (null where none is left).
-- Parameters: last_day.
select
    coalesce(sum(date_diff('day', next_day, cast($last_day as date)) + 1), 0) as account_days,
    min(next_day) as next_day
from account_cursors
