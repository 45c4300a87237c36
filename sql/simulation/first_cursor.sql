-- One row: the first day that is still to be simulated for some account, null where all is done.
-- Parameters: none.
select min(next_day) as next_day
from account_cursors
