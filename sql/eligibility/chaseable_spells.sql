-- One row per item of an account whose past matters (history_accounts) and unbroken run of days on which it was
-- chaseable: the same amount open, large enough, in no dispute and on no hold. is_settled_after: the day after its
-- last day it was settled.
-- Parameters: last_day.
with

history as (
    select
        account_key,
        min_open,
        is_only_late,
        min(cycle_start) as since_day
    from history_accounts
    group by account_key, min_open, is_only_late
),

large_enough as (
    select
        history.min_open,
        spans.account_key,
        spans.customer_number,
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
            and (not history.is_only_late or spans.due_date < spans.until_day)
    where
        spans.from_day <= $last_day
        and not spans.is_never_chased
        and not spans.is_autopay
),

items as (
    select distinct
        item_key,
        customer_number,
        invoice_number,
        disputed_from,
        disputed_until
    from large_enough
),

blocked_days as (
    select
        items.item_key,
        coalesce(holds.held_from, date '0001-01-01') as blocked_from,
        coalesce(holds.held_until, date '9999-12-30') as blocked_until
    from items
    inner join holds
        on
            items.customer_number = holds.customer_number
            and holds.invoice_number in ('', items.invoice_number)
    union all
    select
        item_key,
        disputed_from as blocked_from,
        coalesce(disputed_until, date '9999-12-30') as blocked_until
    from items
    where disputed_from is not null
),

so_far as (
    select
        *,
        max(blocked_until) over (
            partition by item_key
            order by blocked_from, blocked_until
            rows between unbounded preceding and 1 preceding
        ) as blocked_until_so_far
    from blocked_days
),

free_days as (
    -- from the end of all earlier blocks to the beginning of the next one
    select
        item_key,
        coalesce(blocked_until_so_far + 1, date '0001-01-01') as free_from,
        blocked_from - 1 as free_until
    from so_far
    where blocked_from > coalesce(blocked_until_so_far + 1, date '0001-01-01')
    union all
    select
        item_key,
        max(blocked_until) + 1 as free_from,
        date '9999-12-31' as free_until
    from blocked_days
    group by item_key
),

ever_blocked as (
    select distinct item_key
    from blocked_days
)

select
    large_enough.account_key,
    large_enough.min_open,
    large_enough.item_key,
    large_enough.invoice_number,
    large_enough.instalment,
    large_enough.issue_date,
    large_enough.due_date,
    large_enough.amount,
    greatest(large_enough.from_day, coalesce(free_days.free_from, large_enough.from_day)) as first_day,
    least(large_enough.until_day, coalesce(free_days.free_until, large_enough.until_day)) as last_day,
    large_enough.is_settled_next
    and coalesce(free_days.free_until, large_enough.until_day) >= large_enough.until_day as is_settled_after
from large_enough
left join ever_blocked
    on large_enough.item_key = ever_blocked.item_key
left join free_days
    on
        large_enough.item_key = free_days.item_key
        and large_enough.from_day <= free_days.free_until
        and large_enough.until_day >= free_days.free_from
where ever_blocked.item_key is null or free_days.free_from is not null
