-- One row per account of one customer: balance and aging.
-- Parameters: customer.
select *
from account_aging
where customer_number = $customer
order by currency
