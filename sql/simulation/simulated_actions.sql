-- One row per action of the first day on which something happens to its account.
-- Parameters: none.
select action_table.*
from action_table
inner join accounts
    on
        action_table.customer_number = accounts.customer_number
        and action_table.currency = accounts.currency
inner join first_events
    on
        accounts.account_key = first_events.account_key
        and action_table.action_date = first_events.day
