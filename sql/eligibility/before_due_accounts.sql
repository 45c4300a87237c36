-- One row per planned day and account that has a step before the due date ahead of it and nothing past due at
-- present: its past matters from cycle_start on, for items of at least min_open.
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
    unit_facts.day,
    unit_facts.account_key,
    unit_facts.cycle_start,
    coalesce(unit_facts.min_open, 0) as min_open
from unit_facts
inner join last_before_due
    on
        unit_facts.cadence_key = last_before_due.cadence_key
        and unit_facts.last_rung <= last_before_due.rung
where unit_facts.is_account and coalesce(unit_facts.past_due_age_days <= 0, true)
