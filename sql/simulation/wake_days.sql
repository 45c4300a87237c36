-- One row per account: the first day after those that this round simulated on which a step may come due, a wait for a
-- run day or between contacts ends, a step may be repeated or missed or a unit may enter, as things stand.
-- Parameters: none.
with

waits as (
    select
        unit_steps.unit_key,
        unit_steps.due_date as day
    from unit_steps
    where not unit_steps.is_carried_out and not unit_steps.is_missed
    union all
    select
        unit_key,
        repeat_due_date as day
    from acting_candidates
    where can_repeat
    union all
    select
        step_verdicts.unit_key,
        case
            when step_verdicts.verdict = 'waiting_run_day' then unit_facts.next_run_day
            else coalesce(unit_facts.last_contact_on + units.min_gap_days, unit_facts.day + 1)
        end as day
    from step_verdicts
    inner join unit_facts
        on step_verdicts.unit_key = unit_facts.unit_key
    inner join units
        on step_verdicts.unit_key = units.unit_key
    where step_verdicts.verdict in ('waiting_run_day', 'waiting_gap')
    union all
    select
        unit_key,
        next_run_day as day
    from unit_facts
    where is_entering and not is_run_day
    union all
    -- what waits today, skip misses on the next run day
    select
        unit_rungs.unit_key,
        unit_facts.next_run_day as day
    from unit_rungs
    inner join unit_facts
        on unit_rungs.unit_key = unit_facts.unit_key
    inner join cadences
        on unit_facts.cadence_key = cadences.cadence_key
    where 'skip' in (cadences.late_entry, cadences.catch_up)
)

select
    unit_facts.account_key,
    min(waits.day) as day
from waits
inner join unit_facts
    on waits.unit_key = unit_facts.unit_key
inner join account_cursors
    on unit_facts.account_key = account_cursors.account_key
where waits.day > account_cursors.until_day
group by unit_facts.account_key
