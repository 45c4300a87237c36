-- One row per item and day on which what is left of it changes: net_amount, what is left from that day on, negative
-- where overpaid. Items whose invoice has transactions that name no instalment are in shared_item_changes.
-- With transactions: amount less what settles it. Without: paid_on where present, else the extract's balance, else
-- its status. Made once per extract.
-- Parameters: has_transactions.
with

shared_invoices as (
    select distinct invoice_number
    from account_transactions
    where is_shared
),

items as (
    select counted_items.*
    from counted_items
    left join shared_invoices
        on counted_items.invoice_number = shared_invoices.invoice_number
    where shared_invoices.invoice_number is null
),

movements as (
    select
        item_key,
        issue_date as changed_on,
        case
            when $has_transactions or paid_on is not null then amount
            when balance is not null then balance
            when status = 'paid' then 0
            else amount
        end as change
    from items
    union all
    select
        item_key,
        greatest(paid_on, issue_date) as changed_on,
        -amount as change
    from items
    where not $has_transactions and paid_on is not null
    union all
    select
        items.item_key,
        greatest(account_transactions.settled_on, items.issue_date) as changed_on,
        -account_transactions.reduces_by as change
    from account_transactions
    inner join items
        on account_transactions.item_key = items.item_key
),

daily as (
    select
        item_key,
        changed_on,
        sum(change) as change
    from movements
    group by item_key, changed_on
)

select
    item_key,
    changed_on,
    cast(
        sum(change) over (
            partition by item_key
            order by changed_on
            rows between unbounded preceding and current row
        ) as decimal(18, 2)
    ) as net_amount
from daily
