-- One row per unit that has a step before the due date ahead of it and of which today does not tell whether, or since
-- when, that date has passed: its past matters from cycle_start on, for items of at least min_open. An account's oldest
-- due date moves; an invoice's does not, but may be hidden by a hold; since when matters where skip decides.
-- Parameters: none.
with

last_before_due as (
    select
        cadence_key,
        max(rung) as rung
    from steps
    where clock = 'past_due_age' and day < 0
    group by cadence_key
)

select
    unit_facts.unit_key,
    unit_facts.day,
    unit_facts.account_key,
    unit_facts.cycle_start,
    unit_facts.is_account,
    coalesce(unit_facts.min_open, 0) as min_open
from unit_facts
inner join last_before_due
    on
        unit_facts.cadence_key = last_before_due.cadence_key
        and unit_facts.last_rung <= last_before_due.rung
inner join cadences
    on unit_facts.cadence_key = cadences.cadence_key
where
    case
        when unit_facts.past_due_age_days > 0 then 'skip' in (cadences.late_entry, cadences.catch_up)
        when unit_facts.past_due_age_days <= 0 then unit_facts.is_account
        else true
    end
