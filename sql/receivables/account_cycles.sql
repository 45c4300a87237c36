-- One row per planned day and account with a positive balance: the first day of the unbroken spell that it is in.
-- Where the extract does not tell how the balance came about (no transactions, no paid_on), a cycle that the last run
-- saw goes on unless the extract tells of a day since then on which nothing was owed, and none goes back beyond a
-- run that saw nothing owed.
-- Parameters: none.
with

owing as (
    select
        day,
        account_key,
        spell_start,
        coalesce(untold_from <= day, false) as is_untold
    from day_aging
    where balance > 0
),

known as (
    select
        owing.day,
        owing.account_key,
        max(planned_days.last_run_day) as last_run_day,
        max(
            case when coalesce(enrolments.stopped_on >= owing.day, true) then enrolments.cycle_start end
        ) as running_since,
        max(case when enrolments.stopped_on < owing.day then enrolments.stopped_on end) as last_stopped_on
    from owing
    inner join planned_days
        on owing.day = planned_days.day
    inner join accounts
        on owing.account_key = accounts.account_key
    inner join enrolments
        on
            accounts.customer_number = enrolments.customer_number
            and accounts.currency = enrolments.currency
            and owing.day > enrolments.enrolled_on
    where owing.is_untold and enrolments.invoice_reference = ''
    group by owing.day, owing.account_key
)

select
    owing.day,
    owing.account_key,
    case
        when known.account_key is null then owing.spell_start
        when known.running_since is not null and owing.spell_start <= known.last_run_day + 1 then known.running_since
        else greatest(owing.spell_start, known.last_stopped_on + 1)
    end as cycle_start
from owing
left join known
    on
        owing.account_key = known.account_key
        and owing.day = known.day
