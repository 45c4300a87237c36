-- One row per span of an item that was open after its due date, of an account that has a step before the due date ahead
-- of it: whether such an item was chaseable then decides whether the step was missed.
-- Parameters: last_day.
with

history as (
    select
        account_key,
        min_open,
        min(cycle_start) as since_day
    from before_due_units
    group by account_key, min_open
)

select
    history.min_open,
    spans.account_key,
    spans.item_key,
    spans.due_date,
    spans.from_day,
    spans.until_day,
    spans.disputed_from,
    spans.disputed_until
from item_history as spans
inner join history
    on
        spans.account_key = history.account_key
        and spans.until_day >= history.since_day
        and spans.open_amount >= history.min_open
where
    spans.from_day <= $last_day
    and spans.due_date < spans.until_day
    and not spans.is_never_chased
    and not spans.is_autopay
