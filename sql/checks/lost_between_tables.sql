-- One row per planned day and account that one table has and the next one lacks (missing_in): open items without an
-- aging, a step that acts without its place in an action, a place without its action. There must be none.
-- Parameters: none.
with

unaged as (
    select distinct
        open_items.day,
        open_items.customer_number,
        open_items.currency,
        'account_aging' as missing_in
    from open_items
    left join account_aging
        on
            open_items.account_key = account_aging.account_key
            and open_items.day = account_aging.day
    where account_aging.account_key is null
),

without_place as (
    select
        step_decisions.day,
        step_decisions.customer_number,
        step_decisions.currency,
        'action_units' as missing_in
    from step_decisions
    left join action_units
        on
            step_decisions.unit_key = action_units.unit_key
            and step_decisions.step_key = action_units.step_key
    where step_decisions.verdict = 'act' and action_units.unit_key is null
),

without_action as (
    select
        action_units.day,
        action_units.customer_number,
        action_units.currency,
        'action_table' as missing_in
    from action_units
    left join action_table
        on
            action_units.action_id = action_table.action_id
            and action_units.day = action_table.action_date
    where action_table.action_id is null
)

select * from unaged
union all
select * from without_place
union all
select * from without_action
order by day, missing_in, customer_number, currency
