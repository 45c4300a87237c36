-- One row per planned day and account whose cadence restarts when the oldest item is settled: its past matters from
-- cycle_start on, for items of at least min_open.
-- Parameters: none.
select
    account_cadences.day,
    account_cadences.account_key,
    account_cycles.cycle_start,
    coalesce(cadence_thresholds.min_open, 0) as min_open
from account_cadences
inner join cadences
    on
        account_cadences.cadence = cadences.cadence
        and cadences.is_current
        and cadences.scope = 'account'
        and cadences.on_oldest_paid = 'restart'
inner join account_cycles
    on
        account_cadences.account_key = account_cycles.account_key
        and account_cadences.day = account_cycles.day
inner join cadence_thresholds
    on
        cadences.cadence_key = cadence_thresholds.cadence_key
        and account_cadences.currency = cadence_thresholds.currency
