-- One row per customer, or invoice of one (invoice_number empty: the whole customer), that is on hold on the day:
-- the weightiest reason, and the last day of it where one is known.
-- Parameters: as_of.
with

active as (
    select
        customer_number,
        invoice_number,
        kind,
        held_until,
        case kind
            when 'do_not_chase' then 1
            when 'dispute' then 3
            when 'pause' then 4
            else 5
        end as weight
    from holds
    where
        $as_of >= coalesce(held_from, date '0001-01-01')
        and $as_of <= coalesce(held_until, date '9999-12-31')
),

weightiest as (
    select
        *,
        row_number() over (
            partition by customer_number, invoice_number
            order by weight, coalesce(held_until, date '9999-12-31') desc
        ) as place
    from active
)

select
    customer_number,
    invoice_number,
    weight,
    held_until,
    case kind
        when 'do_not_chase' then 'do_not_chase'
        when 'dispute' then 'disputed'
        when 'pause' then 'paused'
        else 'promise'
    end as because
from weightiest
where place = 1
