-- One row per planned day and account with something open, with the columns that an assignment rule may use.
-- Parameters: none.
select
    day_aging.day,
    day_aging.account_key,
    accounts.customer_number,
    accounts.currency,
    day_aging.balance,
    day_aging.open_amount,
    day_aging.unapplied_credit,
    day_aging.current_amount,
    day_aging.days_1_30,
    day_aging.days_31_60,
    day_aging.days_61_90,
    day_aging.days_over_90,
    day_aging.open_item_count,
    day_aging.account_age_days,
    day_aging.past_due_age_days,
    day_aging.oldest_issue_date,
    day_aging.oldest_due_date,
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
from day_aging
inner join accounts
    on day_aging.account_key = accounts.account_key
cross join company
where day_aging.open_item_count > 0
