-- One row per account: the days next_day to until_day that this round simulates for it, all that are left or one.
-- Parameters: is_dense, last_day.
select
    account_key,
    next_day,
    case when $is_dense then cast($last_day as date) else next_day end as until_day
from cursors
