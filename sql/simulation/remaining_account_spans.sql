-- One row per span of an account's balance on a day which is still to be simulated for it: account_spans without the
-- days before.
-- Parameters: last_day.
select
    balance_history.* exclude (from_day),
    greatest(balance_history.from_day, account_cursors.next_day) as from_day
from balance_history
inner join account_cursors
    on
        balance_history.account_key = account_cursors.account_key
        and balance_history.until_day >= account_cursors.next_day
where balance_history.from_day <= $last_day
