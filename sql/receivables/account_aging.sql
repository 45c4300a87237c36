-- One row per planned day and account with open items or credits: day_aging with whose it is.
-- Parameters: none.
select
    day_aging.*,
    accounts.customer_number,
    accounts.currency,
    accounts.name as customer_name
from day_aging
inner join accounts
    on day_aging.account_key = accounts.account_key
