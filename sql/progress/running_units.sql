-- One row per planned day and unit that was enrolled before it and not stopped.
-- Parameters: none.
select distinct
    planned_days.day,
    enrolments.customer_number,
    enrolments.currency,
    enrolments.invoice_reference,
    enrolments.cadence
from enrolments
inner join planned_days
    on
        enrolments.enrolled_on < planned_days.day
        and coalesce(enrolments.stopped_on, date '9999-12-31') >= planned_days.day
