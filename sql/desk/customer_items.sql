-- One row per open item of one customer, oldest first.
-- Parameters: customer.
select *
from open_items
where customer_number = $customer
order by currency, due_date nulls last, issue_date, invoice_reference
