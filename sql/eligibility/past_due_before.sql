-- One row per unit that had, on some day of its present cycle, a chaseable item past due: the first such day.
-- Parameters: none.
select
    unit_facts.unit_key,
    min(
        greatest(chaseable_spells.due_date + 1, chaseable_spells.first_day, unit_facts.cycle_start)
    ) as past_due_on
from unit_facts
inner join chaseable_spells
    on
        unit_facts.account_key = chaseable_spells.account_key
        and coalesce(unit_facts.min_open, 0) = chaseable_spells.min_open
where
    unit_facts.is_account
    and least(chaseable_spells.last_day, unit_facts.day) > chaseable_spells.due_date
    and least(chaseable_spells.last_day, unit_facts.day) >= greatest(
        chaseable_spells.first_day, unit_facts.cycle_start
    )
group by unit_facts.unit_key
