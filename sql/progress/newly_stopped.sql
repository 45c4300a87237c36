-- One row per planned day and enrolled unit whose cycle has ended: its account or invoice has nothing left to pay.
-- Parameters: none.
with

running as (
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
),

owing as (
    select
        day,
        customer_number,
        currency,
        '' as invoice_reference
    from account_cycles
    union all
    select
        day,
        customer_number,
        currency,
        invoice_reference
    from open_items
)

select
    running.day,
    running.customer_number,
    running.currency,
    running.invoice_reference,
    running.cadence
from running
left join owing
    on
        running.day = owing.day
        and running.customer_number = owing.customer_number
        and running.currency = owing.currency
        and running.invoice_reference = owing.invoice_reference
where owing.customer_number is null
