-- One row per day and account whose next step waits for something other than its day: the five largest of each state
-- and currency.
-- Parameters: none.
with

ranked as (
    select
        *,
        row_number() over (
            partition by day, state, currency
            order by balance desc, customer_number asc
        ) as place
    from chasing_progress
    where state not in ('act', 'done', 'not_due', 'finished', 'waiting_run_day')
)

select
    day,
    state,
    customer_number,
    currency,
    balance,
    cadence,
    last_step,
    last_step_on,
    next_step,
    oldest_age_days
from ranked
where place <= 5
order by day asc, state asc, currency asc, balance desc, customer_number asc
