-- One row per account: the planned days next_day to until_day that this round simulates for it, window_days of them or
-- as many as are left.
-- Parameters: window_days, last_day.
select
    cursors.account_key,
    cursors.next_day,
    coalesce(until.planned_day, cast($last_day as date)) as until_day
from cursors
inner join planned_after as next
    on cursors.next_day = next.day
left join planned_after as until
    on
        next.planned_number + $window_days - 1 = until.planned_number
        and until.day = until.planned_day
