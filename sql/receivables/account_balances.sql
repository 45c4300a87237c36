-- One row per account: its whole balance on the day, and whether the extract tells how it came about.
-- Parameters: has_transactions.
with

changes as (
    select
        customer_number,
        currency,
        cast(sum(change) as decimal(18, 2)) as balance
    from account_changes
    group by customer_number, currency
),

untold as (
    select distinct
        customer_number,
        currency
    from issued_items
    where
        not $has_transactions
        and paid_on is null
        and (balance <> amount or (balance is null and status = 'paid'))
)

select
    changes.*,
    untold.customer_number is null as has_history
from changes
left join untold
    on
        changes.customer_number = untold.customer_number
        and changes.currency = untold.currency
