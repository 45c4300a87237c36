-- One row per change of an account's balance up to the day: an item issued (plus), money or credit received (minus).
-- Parameters: has_transactions, as_of.
with

items as (
    select * from issued_items
),

received as (
    select * from transactions_as_of where $has_transactions
)

select
    customer_number,
    currency,
    issue_date as change_day,
    case
        when $has_transactions or paid_on is not null then amount
        when balance is not null then balance
        when status = 'paid' then 0
        else amount
    end as change
from items
union all
select
    customer_number,
    currency,
    greatest(paid_on, issue_date) as change_day,
    -amount as change
from items
where not $has_transactions and paid_on <= $as_of
union all
select
    customer_number,
    currency,
    "date" as change_day,
    -reduces_by as change
from received
