-- One row per held action of one customer.
-- Parameters: customer.
select
    action_id,
    currency,
    step,
    channel
from held_actions
where customer_number = $customer
order by currency, step_number, action_id
