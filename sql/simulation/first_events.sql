-- One row per account to which something happens on a planned day: the first such day. What comes after it depends on
-- it and is planned again.
-- Parameters: none.
with

events as (
    select
        account_key,
        day
    from action_units
    union all
    select
        account_key,
        day
    from newly_enrolled
    union all
    select
        account_key,
        day
    from newly_missed
    union all
    select
        account_key,
        day
    from newly_stopped
)

select
    account_key,
    min(day) as day
from events
group by account_key
