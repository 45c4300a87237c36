-- One row per span of an item of an account whose cadence restarts when its oldest item is settled.
-- Parameters: last_day.
with

history as (
    select
        account_key,
        min_open,
        min(cycle_start) as since_day
    from restarting_accounts
    group by account_key, min_open
)

select
    history.min_open,
    spans.account_key,
    spans.item_key,
    spans.invoice_number,
    spans.instalment,
    spans.issue_date,
    spans.due_date,
    spans.amount,
    spans.from_day,
    spans.until_day,
    spans.is_settled_next,
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
    and not spans.is_never_chased
    and not spans.is_autopay
