-- One row per enrolment: those of accounts that the extract does not have are stopped, for nothing is left to pay.
-- Parameters: first_day.
select
    enrolments.* exclude (stopped_on),
    case
        when accounts.account_key is null and enrolments.enrolled_on < cast($first_day as date)
            then coalesce(enrolments.stopped_on, cast($first_day as date))
        else enrolments.stopped_on
    end as stopped_on
from enrolments
left join accounts
    on
        enrolments.customer_number = accounts.customer_number
        and enrolments.currency = accounts.currency
