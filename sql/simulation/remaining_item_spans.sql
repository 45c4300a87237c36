-- One row per span of an item that is open on a day which is still to be simulated for its account: item_spans without
-- the days before.
-- Parameters: last_day.
select
    item_history.* exclude (from_day),
    greatest(item_history.from_day, account_cursors.next_day) as from_day
from item_history
inner join account_cursors
    on
        item_history.account_key = account_cursors.account_key
        and item_history.until_day >= account_cursors.next_day
where item_history.from_day <= $last_day
