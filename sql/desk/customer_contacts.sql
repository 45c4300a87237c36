-- One row per contact of one customer, the primary one first, then in file order.
-- Parameters: customer.
select *
from contacts
where customer_number = $customer
order by is_primary desc, file_position asc
