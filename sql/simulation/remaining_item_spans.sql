-- One row per span of an item that is open on a day which this round simulates for its account: item_spans without the
-- other days, and without what is written on the item.
-- Parameters: last_day.
select
    item_history.span_key,
    item_history.account_key,
    item_history.item_key,
    item_history.issue_date,
    item_history.due_date,
    item_history.open_amount,
    item_history.is_never_chased,
    item_history.is_autopay,
    item_history.disputed_from,
    item_history.disputed_until,
    greatest(item_history.from_day, account_cursors.next_day) as from_day,
    least(item_history.until_day, account_cursors.until_day) as until_day
from item_history
inner join account_cursors
    on
        item_history.account_key = account_cursors.account_key
        and item_history.until_day >= account_cursors.next_day
        and item_history.from_day <= account_cursors.until_day
where item_history.from_day <= $last_day
