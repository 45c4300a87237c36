-- One row per day that this round simulates for some account.
-- Parameters: none.
select distinct planned_after.planned_day as day
from account_cursors
inner join planned_after
    on
        account_cursors.next_day <= planned_after.planned_day
        and account_cursors.until_day >= planned_after.planned_day
order by day
