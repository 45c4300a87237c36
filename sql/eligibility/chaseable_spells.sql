-- One row per span of an item whose past matters (history_spans) and unbroken run of days (first_day to last_day) on
-- which it was chaseable: in no dispute and on no hold.
-- Parameters: none.
with

items as (
    select distinct
        account_key,
        item_key,
        disputed_from,
        disputed_until
    from history_spans
),

blocked_days as (
    select
        items.item_key,
        coalesce(account_holds.held_from, date '0001-01-01') as blocked_from,
        coalesce(account_holds.held_until, date '9999-12-30') as blocked_until
    from items
    inner join account_holds
        on
            items.account_key = account_holds.account_key
            and account_holds.item_key in (0, items.item_key)
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
    history_spans.* exclude (from_day, disputed_from, disputed_until),
    greatest(history_spans.from_day, coalesce(free_days.free_from, history_spans.from_day)) as first_day,
    least(history_spans.until_day, coalesce(free_days.free_until, history_spans.until_day)) as last_day
from history_spans
left join ever_blocked
    on history_spans.item_key = ever_blocked.item_key
left join free_days
    on
        history_spans.item_key = free_days.item_key
        and history_spans.from_day <= free_days.free_until
        and history_spans.until_day >= free_days.free_from
where ever_blocked.item_key is null or free_days.free_from is not null
