-- One row per account with something open, with the columns that an assignment rule may use.
-- Parameters: none.
with

accounts as (
    select * from account_aging where open_item_count > 0
),

customers as (
    select * from customers
)

select
    accounts.customer_number,
    accounts.currency,
    accounts.balance,
    accounts.open_amount,
    accounts.unapplied_credit,
    accounts.current_amount,
    accounts.days_1_30,
    accounts.days_31_60,
    accounts.days_61_90,
    accounts.days_over_90,
    accounts.open_item_count,
    accounts.account_age_days,
    accounts.past_due_age_days,
    accounts.oldest_issue_date,
    accounts.oldest_due_date,
    customers.name,
    customers.city,
    customers.state,
    customers.postal_code,
    coalesce(customers.country, company.default_country) as country,
    customers.payment_terms,
    coalesce(customers.language, company.language) as language,
    coalesce(customers.timezone, company.timezone) as timezone,
    customers.chase,
    customers.autopay,
    customers.owner
from accounts
inner join customers
    on accounts.customer_number = customers.customer_number
cross join company
