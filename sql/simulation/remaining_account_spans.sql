-- One row per span of an account's balance on a day which this round simulates for it: account_spans without the other
-- days.
-- Parameters: last_day.
select
    balance_history.* exclude (from_day, until_day),
    greatest(balance_history.from_day, account_cursors.next_day) as from_day,
    least(balance_history.until_day, account_cursors.until_day) as until_day
from balance_history
inner join account_cursors
    on
        balance_history.account_key = account_cursors.account_key
        and balance_history.until_day >= account_cursors.next_day
        and balance_history.from_day <= account_cursors.until_day
where balance_history.from_day <= $last_day
