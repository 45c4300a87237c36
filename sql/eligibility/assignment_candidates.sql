-- One row per planned day and account with something open, with the columns that an assignment rule may use.
-- Parameters: none.
select
    account_aging.day,
    account_aging.account_key,
    account_aging.customer_number,
    account_aging.currency,
    account_aging.balance,
    account_aging.open_amount,
    account_aging.unapplied_credit,
    account_aging.current_amount,
    account_aging.days_1_30,
    account_aging.days_31_60,
    account_aging.days_61_90,
    account_aging.days_over_90,
    account_aging.open_item_count,
    account_aging.account_age_days,
    account_aging.past_due_age_days,
    account_aging.oldest_issue_date,
    account_aging.oldest_due_date,
    accounts.name,
    accounts.city,
    accounts.state,
    accounts.postal_code,
    coalesce(accounts.country, company.default_country) as country,
    accounts.payment_terms,
    coalesce(accounts.language, company.language) as language,
    coalesce(accounts.timezone, company.timezone) as timezone,
    accounts.chase,
    accounts.autopay,
    accounts.owner
from account_aging
inner join accounts
    on account_aging.account_key = accounts.account_key
cross join company
where account_aging.open_item_count > 0
