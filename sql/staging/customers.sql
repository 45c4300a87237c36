-- One row per customer of the extract.
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
    language,
    timezone,
    chase,
    autopay,
    owner,
    portal_url
from customers_checked
where reason is null
