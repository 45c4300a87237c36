-- One row per account whose cadence restarts when the oldest item is settled: the last day in the present spell on
-- which the item that was the oldest chaseable one the day before was settled while others stayed open.
-- Oldest: by issue date, then due date with none last, then larger amount, then number.
-- Parameters: none.
with

spells as (
    select
        chaseable_spells.*,
        account_cycles.cycle_start
    from chaseable_spells
    inner join account_cycles
        on
            chaseable_spells.customer_number = account_cycles.customer_number
            and chaseable_spells.currency = account_cycles.currency
    where chaseable_spells.restarts
),

settled as (
    select *
    from spells
    where
        is_settled_after
        and last_day >= cycle_start
),

older as (
    select distinct
        settled.customer_number,
        settled.currency,
        settled.invoice_number,
        settled.instalment,
        settled.last_day
    from settled
    inner join spells
        on
            settled.customer_number = spells.customer_number
            and settled.currency = spells.currency
            and settled.last_day >= spells.first_day
            and settled.last_day <= spells.last_day
    where
        struct_pack(
            issue_date := spells.issue_date,
            due_date := coalesce(spells.due_date, date '9999-12-31'),
            amount := -spells.amount,
            invoice_number := spells.invoice_number,
            instalment := spells.instalment
        )
        < struct_pack(
            issue_date := settled.issue_date,
            due_date := coalesce(settled.due_date, date '9999-12-31'),
            amount := -settled.amount,
            invoice_number := settled.invoice_number,
            instalment := settled.instalment
        )
)

select
    settled.customer_number,
    settled.currency,
    max(settled.last_day) + 1 as restarted_on
from settled
left join older
    on
        settled.customer_number = older.customer_number
        and settled.currency = older.currency
        and settled.invoice_number = older.invoice_number
        and settled.instalment = older.instalment
        and settled.last_day = older.last_day
where older.invoice_number is null
group by settled.customer_number, settled.currency
