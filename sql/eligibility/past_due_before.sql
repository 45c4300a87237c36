-- One row per unit of before_due_units that had, on some day of its present cycle, a chaseable item past due: the first
-- such day. An account's unit looks at all its items, an invoice's at its own.
-- Parameters: none.
with

past_due as (
    select
        before_due_units.unit_key,
        before_due_units.is_account,
        chaseable_spells.item_key,
        greatest(chaseable_spells.due_date + 1, chaseable_spells.first_day, before_due_units.cycle_start)
            as past_due_on
    from before_due_units
    inner join chaseable_spells
        on
            before_due_units.account_key = chaseable_spells.account_key
            and before_due_units.min_open = chaseable_spells.min_open
    where
        least(chaseable_spells.last_day, before_due_units.day) > chaseable_spells.due_date
        and least(chaseable_spells.last_day, before_due_units.day) >= greatest(
            chaseable_spells.first_day, before_due_units.cycle_start
        )
),

of_own_items as (
    select
        unit_key,
        past_due_on
    from past_due
    where is_account
    union all
    select
        past_due.unit_key,
        past_due.past_due_on
    from past_due
    inner join units
        on past_due.unit_key = units.unit_key
    inner join day_items as items
        on
            units.span_key = items.span_key
            and units.day = items.day
            and past_due.item_key = items.item_key
)

select
    unit_key,
    min(past_due_on) as past_due_on
from of_own_items
group by unit_key
