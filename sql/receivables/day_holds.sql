-- One row per planned day and customer, or invoice of one (invoice_number empty: the whole customer), that is on hold:
-- the weightiest reason (block_weight of open_items), and the last day of it where one is known.
-- Parameters: none.
with

active as (
    select
        planned_days.day,
        holds.customer_number,
        holds.invoice_number,
        holds.kind,
        holds.held_until,
        case holds.kind
            when 'do_not_chase' then 1
            when 'dispute' then 3
            when 'pause' then 4
            else 5
        end as weight
    from holds
    inner join planned_days
        on
            planned_days.day >= coalesce(holds.held_from, date '0001-01-01')
            and planned_days.day <= coalesce(holds.held_until, date '9999-12-31')
),

weightiest as (
    select
        *,
        row_number() over (
            partition by day, customer_number, invoice_number
            order by weight, coalesce(held_until, date '9999-12-31') desc
        ) as place
    from active
)

select
    day,
    customer_number,
    invoice_number,
    weight,
    held_until
from weightiest
where place = 1
