-- One row per account with a day left to be simulated, after a round: the day after its first event; where nothing
-- happened and days are left, the first of them on which something may.
-- Parameters: last_day.
with

quiet as (
    select
        account_cursors.account_key,
        account_cursors.until_day
    from account_cursors
    left join first_events
        on account_cursors.account_key = first_events.account_key
    where first_events.account_key is null and account_cursors.until_day < $last_day
),

next_changes as (
    select
        quiet.account_key,
        min(account_breakpoints.day) as day
    from quiet
    inner join account_breakpoints
        on
            quiet.account_key = account_breakpoints.account_key
            and quiet.until_day < account_breakpoints.day
    group by quiet.account_key
),

candidates as (
    select
        account_key,
        day + 1 as day
    from first_events
    union all
    select
        account_key,
        day
    from next_changes
    union all
    select
        quiet.account_key,
        wake_days.day
    from quiet
    inner join wake_days
        on quiet.account_key = wake_days.account_key
),

earliest as (
    select
        account_key,
        min(day) as day
    from candidates
    group by account_key
)

select
    earliest.account_key,
    planned_after.planned_day as next_day
from earliest
inner join planned_after
    on earliest.day = planned_after.day
