-- One row per day and account that owes but is in no cadence: the five largest of each currency.
-- Parameters: none.
with

outside as (
    select distinct
        day,
        customer_number,
        currency
    from step_decisions
    where verdict = 'not_enrolled'
),

ranked as (
    select
        account_aging.day,
        account_aging.customer_number,
        account_aging.currency,
        account_aging.balance,
        account_aging.account_age_days,
        account_aging.past_due_age_days,
        row_number() over (
            partition by account_aging.day, account_aging.currency
            order by account_aging.balance desc, account_aging.customer_number asc
        ) as place
    from account_aging
    inner join outside
        on
            account_aging.day = outside.day
            and account_aging.customer_number = outside.customer_number
            and account_aging.currency = outside.currency
)

select * exclude (place)
from ranked
where place <= 5
order by day asc, currency asc, balance desc, customer_number asc
