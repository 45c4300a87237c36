-- One row per unit that enters its cadence on the first day on which something happens to its account.
-- Parameters: none.
select
    newly_enrolled.customer_number,
    newly_enrolled.currency,
    newly_enrolled.invoice_reference,
    newly_enrolled.cadence,
    newly_enrolled.version,
    newly_enrolled.cycle_start,
    newly_enrolled.day as enrolled_on,
    null as stopped_on
from newly_enrolled
inner join first_events
    on
        newly_enrolled.account_key = first_events.account_key
        and newly_enrolled.day = first_events.day
