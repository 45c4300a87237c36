-- One row: of how many accounts days are still to be simulated, of how many days at the most, and of how many days of
-- open items.
-- Parameters: last_day.
with

item_days as (
    select
        sum(
            date_diff(
                'day',
                greatest(item_history.from_day, cursors.next_day),
                least(item_history.until_day, cast($last_day as date))
            ) + 1
        ) as item_days
    from cursors
    inner join item_history
        on
            cursors.account_key = item_history.account_key
            and cursors.next_day <= item_history.until_day
    where item_history.from_day <= $last_day
),

account_days as (
    select
        count(*) as accounts,
        sum(date_diff('day', next_day, cast($last_day as date)) + 1) as account_days
    from cursors
)

select
    account_days.accounts,
    coalesce(account_days.account_days, 0) as account_days,
    coalesce(item_days.item_days, 0) as item_days
from account_days
cross join item_days
