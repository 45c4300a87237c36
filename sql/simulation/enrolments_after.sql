-- One row per enrolment after the events: those of units that have nothing left to pay are stopped.
-- Parameters: none.
with

stopped as (
    select
        stopped_units.customer_number,
        stopped_units.currency,
        stopped_units.invoice_reference,
        stopped_units.cadence,
        min(stopped_units.day) as day
    from stopped_units
    inner join first_events
        on
            stopped_units.account_key = first_events.account_key
            and stopped_units.day = first_events.day
    group by
        stopped_units.customer_number,
        stopped_units.currency,
        stopped_units.invoice_reference,
        stopped_units.cadence
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
