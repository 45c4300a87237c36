-- One row per account that owes something and has no row in step_decisions: there must be none.
-- Parameters: none.
select
    account_aging.customer_number,
    account_aging.currency
from account_aging
left join step_decisions
    on
        account_aging.customer_number = step_decisions.customer_number
        and account_aging.currency = step_decisions.currency
where account_aging.balance > 0 and step_decisions.customer_number is null
order by account_aging.customer_number, account_aging.currency
