-- One row per account: a customer in one currency. account_key is its number within the extract; untold_from: from
-- this day on the extract does not tell how its balance came about, for it has neither transactions nor the days of
-- payments, or an item that was paid in part. Made once per extract.
-- Parameters: has_transactions.
with

customers as (
    select * from customers
),

payments as (
    select count(paid_on) > 0 as are_told
    from counted_items
),

named as (
    select
        counted_items.customer_number,
        counted_items.currency,
        case
            when $has_transactions or counted_items.paid_on is not null then null
            when not payments.are_told then counted_items.issue_date
            when counted_items.balance <> counted_items.amount then counted_items.issue_date
            when counted_items.balance is null and counted_items.status = 'paid' then counted_items.issue_date
        end as untold_from
    from counted_items
    cross join payments
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
