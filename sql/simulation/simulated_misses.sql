-- One row per step that is missed on the first day on which something happens to its account.
-- Parameters: none.
select
    newly_missed.customer_number,
    newly_missed.currency,
    newly_missed.invoice_reference,
    newly_missed.cadence,
    newly_missed.step,
    newly_missed.day as missed_on
from newly_missed
inner join first_events
    on
        newly_missed.account_key = first_events.account_key
        and newly_missed.day = first_events.day
