-- One row per account: the planned days next_day to until_day that this round simulates for it, window_days of them or
-- as many as are left.
-- Parameters: window_days, last_day.
with

planned_days as (
    select
        planned_day,
        planned_number
    from planned_after
    where day = planned_day
)

select
    cursors.account_key,
    cursors.next_day,
    coalesce(until.planned_day, cast($last_day as date)) as until_day
from cursors
inner join planned_days as next
    on cursors.next_day = next.planned_day
left join planned_days as until
    on next.planned_number + $window_days - 1 = until.planned_number
