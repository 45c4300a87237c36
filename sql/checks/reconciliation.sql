-- One row per planned day and currency: the balance of all accounts, the sum of their buckets and open items, and what
-- they must be by the extract alone, each computed its own way. All is well where every difference is zero.
-- Parameters: has_transactions, last_day.
with

movements as (
    select
        currency,
        issue_date as moved_on,
        case
            when $has_transactions or paid_on is not null then amount
            when balance is not null then balance
            when status = 'paid' then 0
            else amount
        end as amount
    from invoices
    where status in ('open', 'paid')
    union all
    select
        currency,
        greatest(paid_on, issue_date) as moved_on,
        -amount as amount
    from invoices
    where status in ('open', 'paid') and paid_on is not null and not $has_transactions
    union all
    select
        currency,
        "date" as moved_on,
        case when "type" in ('refund', 'reversal') then amount else -amount end as amount
    from transactions
    where $has_transactions
),

moved as (
    select
        currency,
        moved_on,
        sum(amount) as amount
    from movements
    where moved_on <= $last_day
    group by currency, moved_on
),

expected as (
    select
        planned_days.day,
        moved.currency,
        sum(moved.amount) as balance
    from moved
    inner join planned_days
        on moved.moved_on <= planned_days.day
    group by planned_days.day, moved.currency
),

aged as (
    select
        day,
        currency,
        sum(balance) as balance,
        sum(current_amount + days_1_30 + days_31_60 + days_61_90 + days_over_90) as in_buckets,
        sum(open_amount - unapplied_credit) as open_less_credit
    from account_aging
    group by day, currency
),

items as (
    select
        day_items.day,
        accounts.currency,
        sum(day_items.open_amount) as open_amount
    from day_items
    inner join accounts
        on day_items.account_key = accounts.account_key
    group by day_items.day, accounts.currency
)

select
    coalesce(expected.day, aged.day) as day,
    coalesce(expected.currency, aged.currency) as currency,
    coalesce(expected.balance, 0) as extract_balance,
    coalesce(aged.balance, 0) as aged_balance,
    coalesce(aged.balance, 0) - coalesce(expected.balance, 0) as balance_difference,
    coalesce(aged.in_buckets, 0) - coalesce(items.open_amount, 0) as bucket_difference,
    coalesce(aged.open_less_credit, 0) - coalesce(aged.balance, 0) as credit_difference
from expected
full outer join aged
    on
        expected.currency = aged.currency
        and expected.day = aged.day
left join items
    on
        coalesce(expected.currency, aged.currency) = items.currency
        and coalesce(expected.day, aged.day) = items.day
order by day, currency
