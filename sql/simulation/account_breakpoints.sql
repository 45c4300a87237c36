-- One row per account and planned day from which on things may be otherwise than before, whatever was done: an item or
-- the balance changes, a dispute or a hold begins or ends, an item falls past due where a step has a minimum past due.
-- Where rules look at ages, or the extract does not tell how a balance came about, every planned day.
-- Parameters: has_rules_on_ages.
with

changes as (
    select
        account_key,
        from_day as day
    from item_history
    union all
    select
        account_key,
        until_day + 1 as day
    from item_history
    where until_day < date '9999-12-31'
    union all
    select
        account_key,
        disputed_from as day
    from item_history
    union all
    select
        account_key,
        disputed_until + 1 as day
    from item_history
    union all
    select
        account_key,
        due_date + 1 as day
    from item_history
    where exists (select 1 from step_thresholds)
    union all
    select
        account_key,
        from_day as day
    from balance_history
    union all
    select
        account_key,
        until_day + 1 as day
    from balance_history
    where until_day < date '9999-12-31'
    union all
    select
        accounts.account_key,
        holds.held_from as day
    from holds
    inner join accounts
        on holds.customer_number = accounts.customer_number
    union all
    select
        accounts.account_key,
        holds.held_until + 1 as day
    from holds
    inner join accounts
        on holds.customer_number = accounts.customer_number
)

select
    changes.account_key,
    planned_after.planned_day as day
from changes
inner join planned_after
    on changes.day = planned_after.day
union
select
    accounts.account_key,
    planned_after.planned_day as day
from accounts
inner join planned_after
    on accounts.untold_from is not null or $has_rules_on_ages
where planned_after.day = planned_after.planned_day
