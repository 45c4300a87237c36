-- One row per day that this round simulates and enrolled unit that has nothing left to pay on it.
-- Parameters: none.
select
    newly_stopped.*,
    accounts.account_key
from newly_stopped
inner join accounts
    on
        newly_stopped.customer_number = accounts.customer_number
        and newly_stopped.currency = accounts.currency
inner join account_cursors
    on
        accounts.account_key = account_cursors.account_key
        and newly_stopped.day >= account_cursors.next_day
        and newly_stopped.day <= account_cursors.until_day
