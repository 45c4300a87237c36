-- One row per enrolment after the events: those of units that have nothing left to pay are stopped.
-- Parameters: none.
with

stopped as (
    select
        newly_stopped.customer_number,
        newly_stopped.currency,
        newly_stopped.invoice_reference,
        newly_stopped.cadence,
        min(newly_stopped.day) as day
    from newly_stopped
    inner join first_events
        on
            newly_stopped.account_key = first_events.account_key
            and newly_stopped.day = first_events.day
    group by
        newly_stopped.customer_number,
        newly_stopped.currency,
        newly_stopped.invoice_reference,
        newly_stopped.cadence
)

select
    enrolments.* exclude (stopped_on),
    coalesce(enrolments.stopped_on, stopped.day) as stopped_on
from enrolments
left join stopped
    on
        enrolments.customer_number = stopped.customer_number
        and enrolments.currency = stopped.currency
        and enrolments.invoice_reference = stopped.invoice_reference
        and enrolments.cadence = stopped.cadence
        and enrolments.enrolled_on < stopped.day
