-- One row per planned day and account that owes something and has no row in step_decisions: there must be none.
-- Parameters: none.
select
    account_aging.day,
    account_aging.customer_number,
    account_aging.currency
from account_aging
left join step_decisions
    on
        account_aging.account_key = step_decisions.account_key
        and account_aging.day = step_decisions.day
where account_aging.balance > 0 and step_decisions.account_key is null
order by account_aging.day, account_aging.customer_number, account_aging.currency
