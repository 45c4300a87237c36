-- One row per simulated action, in the order in which they are printed.
-- Parameters: none.
select * exclude (step_number)
from all_simulated_actions
order by action_date, customer_number, currency, step_number, invoice_numbers
