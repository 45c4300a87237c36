-- One row per simulated action that a person or customer gets, in the order in which they are printed.
-- Parameters: with_unreachable (also those that have nobody to go to).
select * exclude (step_number)
from all_simulated_actions
where cast($with_unreachable as boolean) or status <> 'unreachable'
order by action_date, customer_number, currency, step_number, invoice_numbers
