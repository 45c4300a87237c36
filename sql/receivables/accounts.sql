-- One row per account: a customer in one currency. account_key is its number within the extract; untold_from: from
-- this day on the extract does not tell how its balance came about. Made once per extract.
-- Parameters: has_transactions.
with

customers as (
    select * from customers
),

named as (
    select
        customer_number,
        currency,
        case
            when not $has_transactions and paid_on is null and (
                balance <> amount or (balance is null and status = 'paid')
            ) then issue_date
        end as untold_from
    from counted_items
    union all
    select
        customer_number,
        currency,
        null as untold_from
    from account_transactions
),

accounts as (
    select
        customer_number,
        currency,
        min(untold_from) as untold_from
    from named
    group by customer_number, currency
)

select
    row_number() over (order by accounts.customer_number, accounts.currency) as account_key,
    accounts.customer_number,
    accounts.currency,
    accounts.untold_from,
    customers.name,
    customers.city,
    customers.state,
    customers.postal_code,
    customers.country,
    customers.payment_terms,
    customers.language,
    customers.timezone,
    customers.chase,
    customers.autopay,
    customers.owner
from accounts
inner join customers
    on accounts.customer_number = customers.customer_number
