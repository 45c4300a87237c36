-- One row per currency: the balance of all accounts, the sum of their buckets and open items, and what they must be
-- by the extract alone, each computed its own way. All is well where every difference is zero.
-- Parameters: as_of, has_transactions.
with

invoiced as (
    select
        currency,
        sum(
            case
                when $has_transactions then amount
                when paid_on <= $as_of then 0
                when paid_on is not null then amount
                when balance is not null then balance
                when status = 'paid' then 0
                else amount
            end
        ) as amount
    from invoices
    where issue_date <= $as_of and status in ('open', 'paid')
    group by currency
),

received as (
    select
        currency,
        sum(case when "type" in ('refund', 'reversal') then -amount else amount end) as amount
    from transactions
    where "date" <= $as_of and $has_transactions
    group by currency
),

expected as (
    select
        coalesce(invoiced.currency, received.currency) as currency,
        coalesce(invoiced.amount, 0) - coalesce(received.amount, 0) as balance
    from invoiced
    full outer join received
        on invoiced.currency = received.currency
),

aged as (
    select
        currency,
        sum(balance) as balance,
        sum(current_amount + days_1_30 + days_31_60 + days_61_90 + days_over_90) as in_buckets,
        sum(open_amount - unapplied_credit) as open_less_credit
    from account_aging
    group by currency
),

items as (
    select
        currency,
        sum(open_amount) as open_amount
    from open_items
    group by currency
)

select
    coalesce(expected.currency, aged.currency) as currency,
    coalesce(expected.balance, 0) as extract_balance,
    coalesce(aged.balance, 0) as aged_balance,
    coalesce(aged.balance, 0) - coalesce(expected.balance, 0) as balance_difference,
    coalesce(aged.in_buckets, 0) - coalesce(items.open_amount, 0) as bucket_difference,
    coalesce(aged.open_less_credit, 0) - coalesce(aged.balance, 0) as credit_difference
from expected
full outer join aged
    on expected.currency = aged.currency
left join items
    on coalesce(expected.currency, aged.currency) = items.currency
order by currency
