-- One row per customer with an action on the day, as messages need it.
-- Parameters: none.
select
    customer_number,
    name,
    address1,
    address2,
    city,
    state,
    postal_code,
    country,
    payment_terms,
    timezone,
    owner,
    portal_url
from customers
where customer_number in (select customer_number from action_table)
