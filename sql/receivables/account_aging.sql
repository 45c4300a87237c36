-- One row per account with open items or credits on the day.
-- Parameters: as_of.
with

balances as (
    select * from account_balances
),

customers as (
    select * from customers
),

open_amounts as (
    select
        customer_number,
        currency,
        sum(open_amount) as open_amount,
        sum(case when bucket = 'current' then open_amount else 0 end) as current_amount,
        sum(case when bucket = '1-30' then open_amount else 0 end) as days_1_30,
        sum(case when bucket = '31-60' then open_amount else 0 end) as days_31_60,
        sum(case when bucket = '61-90' then open_amount else 0 end) as days_61_90,
        sum(case when bucket = '90+' then open_amount else 0 end) as days_over_90,
        count(*) as open_item_count,
        min(issue_date) as oldest_issue_date,
        min(due_date) as oldest_due_date
    from open_items
    group by customer_number, currency
)

select
    cast($as_of as date) as day,
    balances.customer_number,
    balances.currency,
    customers.name as customer_name,
    balances.balance,
    coalesce(open_amounts.current_amount, 0) as current_amount,
    coalesce(open_amounts.days_1_30, 0) as days_1_30,
    coalesce(open_amounts.days_31_60, 0) as days_31_60,
    coalesce(open_amounts.days_61_90, 0) as days_61_90,
    coalesce(open_amounts.days_over_90, 0) as days_over_90,
    coalesce(open_amounts.open_amount, 0) as open_amount,
    coalesce(open_amounts.open_amount, 0) - balances.balance as unapplied_credit,
    coalesce(open_amounts.open_item_count, 0) as open_item_count,
    date_diff('day', open_amounts.oldest_issue_date, cast($as_of as date)) as account_age_days,
    date_diff('day', open_amounts.oldest_due_date, cast($as_of as date)) as past_due_age_days,
    open_amounts.oldest_issue_date,
    open_amounts.oldest_due_date
from balances
inner join customers
    on balances.customer_number = customers.customer_number
left join open_amounts
    on
        balances.customer_number = open_amounts.customer_number
        and balances.currency = open_amounts.currency
where balances.balance <> 0 or open_amounts.open_item_count > 0
