-- One row per item of an invoice with transactions that name no instalment, and day on which what is left of it may
-- change: net_amount, what is left from that day on. Such a transaction goes to the invoice's issued items by due
-- date, oldest first; what adds back goes to the first. Made once per extract.
-- Parameters: none.
with

transactions as (
    select * from account_transactions
),

shared_invoices as (
    select distinct invoice_number
    from transactions
    where is_shared
),

items as (
    select counted_items.*
    from counted_items
    inner join shared_invoices
        on counted_items.invoice_number = shared_invoices.invoice_number
),

change_days as (
    select
        invoice_number,
        issue_date as changed_on
    from items
    union
    select
        items.invoice_number,
        transactions.settled_on as changed_on
    from items
    inner join transactions
        on items.invoice_number = transactions.invoice_number
),

item_days as (
    select
        items.*,
        change_days.changed_on
    from items
    inner join change_days
        on
            items.invoice_number = change_days.invoice_number
            and items.issue_date <= change_days.changed_on
),

direct as (
    select
        item_days.item_key,
        item_days.changed_on,
        sum(transactions.reduces_by) as settled
    from item_days
    inner join transactions
        on
            item_days.item_key = transactions.item_key
            and item_days.changed_on >= transactions.settled_on
    group by item_days.item_key, item_days.changed_on
),

to_share as (
    select
        change_days.invoice_number,
        change_days.changed_on,
        sum(transactions.reduces_by) as to_share
    from change_days
    inner join transactions
        on
            change_days.invoice_number = transactions.invoice_number
            and change_days.changed_on >= transactions.settled_on
    where transactions.is_shared
    group by change_days.invoice_number, change_days.changed_on
),

remaining as (
    select
        item_days.item_key,
        item_days.invoice_number,
        item_days.instalment,
        item_days.due_date,
        item_days.changed_on,
        item_days.amount - coalesce(direct.settled, 0) as remaining,
        coalesce(to_share.to_share, 0) as to_share
    from item_days
    left join direct
        on
            item_days.item_key = direct.item_key
            and item_days.changed_on = direct.changed_on
    left join to_share
        on
            item_days.invoice_number = to_share.invoice_number
            and item_days.changed_on = to_share.changed_on
),

in_turn as (
    select
        *,
        row_number() over by_due_date as turn,
        sum(greatest(remaining, 0)) over by_due_date - greatest(remaining, 0) as before_it
    from remaining
    window
        by_due_date as (
            partition by invoice_number, changed_on
            order by due_date nulls last, instalment
            rows between unbounded preceding and current row
        )
)

select
    item_key,
    changed_on,
    cast(
        remaining - case
            when to_share < 0 and turn = 1 then to_share
            when to_share < 0 then 0
            else least(greatest(to_share - before_it, 0), greatest(remaining, 0))
        end as decimal(18, 2)
    ) as net_amount
from in_turn
