-- One row per unit that had, on some day of its present cycle, a chaseable item past due: the first such day.
-- Parameters: none.
with

climbing as (
    -- an account's unit looks at all its items, an invoice's at its own
    select
        unit_key,
        day,
        account_key,
        cycle_start,
        coalesce(min_open, 0) as min_open,
        cast(null as bigint) as item_key
    from unit_facts
    where is_account
    union all
    select
        unit_facts.unit_key,
        unit_facts.day,
        unit_facts.account_key,
        unit_facts.cycle_start,
        coalesce(unit_facts.min_open, 0) as min_open,
        written.item_key
    from unit_facts
    inner join units
        on unit_facts.unit_key = units.unit_key
    inner join item_history as written
        on units.span_key = written.span_key
    where not unit_facts.is_account and coalesce(unit_facts.past_due_age_days > 0, true)
)

select
    climbing.unit_key,
    min(greatest(chaseable_spells.due_date + 1, chaseable_spells.first_day, climbing.cycle_start)) as past_due_on
from climbing
inner join chaseable_spells
    on
        climbing.account_key = chaseable_spells.account_key
        and climbing.min_open = chaseable_spells.min_open
where
    coalesce(climbing.item_key = chaseable_spells.item_key, true)
    and least(chaseable_spells.last_day, climbing.day) > chaseable_spells.due_date
    and least(chaseable_spells.last_day, climbing.day) >= greatest(chaseable_spells.first_day, climbing.cycle_start)
group by climbing.unit_key
