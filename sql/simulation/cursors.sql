-- One row per account of the extract, or of one customer in it: the next day to be simulated for it, here the first.
-- Parameters: first_day, customer_number (null: everyone).
select
    account_key,
    cast($first_day as date) as next_day
from accounts
where customer_number = coalesce($customer_number, customer_number)
