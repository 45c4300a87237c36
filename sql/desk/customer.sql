-- One row: the customer as the day's extract has it.
-- Parameters: customer.
select *
from customers
where customer_number = $customer
