-- One row per item of such an account and unbroken run of days on which it was chaseable: open, large enough, in no
-- dispute and on no hold. is_settled_after: the day after its last day it was settled.
-- Parameters: as_of.
with

items as (
    select
        history_balances.*,
        history_accounts.min_open,
        history_accounts.restarts
    from history_balances
    inner join history_accounts
        on
            history_balances.customer_number = history_accounts.customer_number
            and history_balances.currency = history_accounts.currency
    inner join customers
        on history_balances.customer_number = customers.customer_number
    where customers.chase and not customers.autopay and not history_balances.autopay
),

balances as (
    select
        *,
        coalesce(
            lead(balance_day) over (partition by invoice_number, instalment order by balance_day) - 1,
            cast($as_of as date)
        ) as last_day,
        lead(net_amount) over (partition by invoice_number, instalment order by balance_day) as next_net_amount
    from items
),

large_enough as (
    select
        * exclude (balance_day),
        balance_day as first_day,
        coalesce(next_net_amount <= 0, false) as is_settled_next
    from balances
    where net_amount > 0 and net_amount >= min_open
),

blocked_days as (
    select
        large_enough.invoice_number,
        large_enough.instalment,
        coalesce(holds.held_from, date '0001-01-01') as blocked_from,
        coalesce(holds.held_until, date '9999-12-30') as blocked_until
    from (select distinct customer_number, invoice_number, instalment from large_enough) as large_enough
    inner join holds
        on
            large_enough.customer_number = holds.customer_number
            and holds.invoice_number in ('', large_enough.invoice_number)
    union all
    select
        invoice_number,
        instalment,
        coalesce(disputed_on, date '0001-01-01') as blocked_from,
        coalesce(dispute_closed_on - 1, date '9999-12-30') as blocked_until
    from issued_items
    where disputed or disputed_on is not null or dispute_closed_on is not null
),

so_far as (
    select
        *,
        max(blocked_until) over (
            partition by invoice_number, instalment
            order by blocked_from, blocked_until
            rows between unbounded preceding and 1 preceding
        ) as blocked_until_so_far
    from blocked_days
),

free_days as (
    -- from the end of all earlier blocks to the beginning of the next one
    select
        invoice_number,
        instalment,
        coalesce(blocked_until_so_far + 1, date '0001-01-01') as free_from,
        blocked_from - 1 as free_until
    from so_far
    where blocked_from > coalesce(blocked_until_so_far + 1, date '0001-01-01')
    union all
    select
        invoice_number,
        instalment,
        max(blocked_until) + 1 as free_from,
        date '9999-12-31' as free_until
    from blocked_days
    group by invoice_number, instalment
),

ever_blocked as (
    select distinct
        invoice_number,
        instalment
    from blocked_days
)

select
    large_enough.customer_number,
    large_enough.currency,
    large_enough.invoice_number,
    large_enough.instalment,
    large_enough.issue_date,
    large_enough.due_date,
    large_enough.amount,
    large_enough.restarts,
    greatest(large_enough.first_day, coalesce(free_days.free_from, large_enough.first_day)) as first_day,
    least(large_enough.last_day, coalesce(free_days.free_until, large_enough.last_day)) as last_day,
    large_enough.is_settled_next
    and coalesce(free_days.free_until, large_enough.last_day) >= large_enough.last_day as is_settled_after
from large_enough
left join ever_blocked
    on
        large_enough.invoice_number = ever_blocked.invoice_number
        and large_enough.instalment = ever_blocked.instalment
left join free_days
    on
        large_enough.invoice_number = free_days.invoice_number
        and large_enough.instalment = free_days.instalment
        and large_enough.first_day <= free_days.free_until
        and large_enough.last_day >= free_days.free_from
where ever_blocked.invoice_number is null or free_days.free_from is not null
