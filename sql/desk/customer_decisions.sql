-- One row per step considered for one customer.
-- Parameters: customer.
select *
from step_decisions
where customer_number = $customer
order by currency, invoice_reference, step_number
