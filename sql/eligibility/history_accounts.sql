-- One row per account whose past days matter today: its cadence restarts when the oldest item is settled, or has a
-- step before the due date, which is missed once an item was past due.
-- Parameters: none.
with

before_due as (
    select distinct
        cadence,
        true as has_step_before_due
    from steps
    where clock = 'past_due_age' and day < 0
)

select
    account_cadences.customer_number,
    account_cadences.currency,
    account_cycles.cycle_start,
    coalesce(cadence_thresholds.min_open, 0) as min_open,
    cadences.on_oldest_paid = 'restart' as restarts
from account_cadences
inner join cadences
    on
        account_cadences.cadence = cadences.cadence
        and cadences.is_current
        and cadences.scope = 'account'
inner join account_cycles
    on
        account_cadences.customer_number = account_cycles.customer_number
        and account_cadences.currency = account_cycles.currency
inner join cadence_thresholds
    on
        cadences.cadence = cadence_thresholds.cadence
        and cadences.version = cadence_thresholds.version
        and account_cadences.currency = cadence_thresholds.currency
left join before_due
    on account_cadences.cadence = before_due.cadence
where cadences.on_oldest_paid = 'restart' or before_due.has_step_before_due
