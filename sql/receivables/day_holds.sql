-- One row per planned day and account, or item of one (item_key 0: the whole account), that is on hold: the weightiest
-- reason (block_weight of day_items), and the last day of it where one is known.
-- Parameters: none.
with

active as (
    select
        planned_days.day,
        holds.account_key,
        holds.item_key,
        holds.kind,
        holds.held_until,
        case holds.kind
            when 'do_not_chase' then 1
            when 'dispute' then 3
            when 'pause' then 4
            else 5
        end as weight
    from account_holds as holds
    inner join planned_days
        on
            planned_days.day >= coalesce(holds.held_from, date '0001-01-01')
            and planned_days.day <= coalesce(holds.held_until, date '9999-12-31')
),

weightiest as (
    select
        *,
        row_number() over (
            partition by day, account_key, item_key
            order by weight, coalesce(held_until, date '9999-12-31') desc
        ) as place
    from active
)

select
    day,
    account_key,
    item_key,
    weight,
    held_until
from weightiest
where place = 1
