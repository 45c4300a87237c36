-- One row per account of the customers asked for.
-- Parameters: customers (a list of their numbers).
select
    customer_number,
    currency,
    customer_name,
    cadence,
    next_step,
    next_step_on,
    state,
    balance,
    past_due_amount,
    past_due_age_days
from accounts
where customer_number in (select unnest($customers))
