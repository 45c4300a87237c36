-- One row per span of an item that is open on a day which this round simulates for its account: item_spans without the
-- other days.
-- Parameters: last_day.
select
    item_history.* exclude (from_day, until_day),
    greatest(item_history.from_day, account_cursors.next_day) as from_day,
    least(item_history.until_day, account_cursors.until_day) as until_day
from item_history
inner join account_cursors
    on
        item_history.account_key = account_cursors.account_key
        and item_history.until_day >= account_cursors.next_day
        and item_history.from_day <= account_cursors.until_day
where item_history.from_day <= $last_day
