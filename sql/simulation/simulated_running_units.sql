-- One row per day that this round simulates for its account and unit that was enrolled before it and not stopped.
-- Parameters: none.
select distinct
    planned_days.day,
    accounts.account_key,
    enrolments.customer_number,
    enrolments.currency,
    enrolments.invoice_reference,
    enrolments.cadence
from enrolments
inner join accounts
    on
        enrolments.customer_number = accounts.customer_number
        and enrolments.currency = accounts.currency
inner join account_cursors
    on accounts.account_key = account_cursors.account_key
inner join planned_days
    on
        account_cursors.next_day <= planned_days.day
        and account_cursors.until_day >= planned_days.day
        and enrolments.enrolled_on < planned_days.day
where coalesce(enrolments.stopped_on, date '9999-12-31') >= planned_days.day
