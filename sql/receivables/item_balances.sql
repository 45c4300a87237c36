-- One row per item and wanted day (item_days): net_amount, what is left of it then, negative where overpaid.
-- With transactions: amount less what settles it. A transaction without instalment, or on an instalment that is not
-- there, goes to the invoice's items by due date, oldest first. Without: paid_on where present, else the extract's
-- balance, else its status.
-- Parameters: has_transactions.
with

wanted as (
    select
        item_days.balance_day,
        issued_items.*
    from item_days
    inner join issued_items
        on
            item_days.invoice_number = issued_items.invoice_number
            and item_days.instalment = issued_items.instalment
    where issued_items.issue_date <= item_days.balance_day
),

settlements as (
    select
        invoice_number,
        instalment,
        "date",
        reduces_by
    from transactions_as_of
    where invoice_number is not null and $has_transactions
),

direct as (
    select
        wanted.invoice_number,
        wanted.instalment,
        wanted.balance_day,
        sum(settlements.reduces_by) as settled
    from wanted
    inner join settlements
        on
            wanted.invoice_number = settlements.invoice_number
            and wanted.instalment = settlements.instalment
            and wanted.balance_day >= settlements."date"
    group by wanted.invoice_number, wanted.instalment, wanted.balance_day
),

undirected as (
    select
        settlements.invoice_number,
        settlements."date",
        settlements.reduces_by,
        issued_items.issue_date as item_issue_date
    from settlements
    left join issued_items
        on
            settlements.invoice_number = issued_items.invoice_number
            and settlements.instalment = issued_items.instalment
    where issued_items.invoice_number is null
),

undirected_by_day as (
    select
        days.invoice_number,
        days.balance_day,
        sum(undirected.reduces_by) as to_share
    from (select distinct invoice_number, balance_day from wanted) as days
    inner join undirected
        on
            days.invoice_number = undirected.invoice_number
            and days.balance_day >= undirected."date"
    group by days.invoice_number, days.balance_day
),

after_direct as (
    select
        wanted.*,
        coalesce(undirected_by_day.to_share, 0) as to_share,
        wanted.amount - coalesce(direct.settled, 0) as remaining
    from wanted
    left join direct
        on
            wanted.invoice_number = direct.invoice_number
            and wanted.instalment = direct.instalment
            and wanted.balance_day = direct.balance_day
    left join undirected_by_day
        on
            wanted.invoice_number = undirected_by_day.invoice_number
            and wanted.balance_day = undirected_by_day.balance_day
),

in_turn as (
    select
        *,
        row_number() over by_due_date as turn,
        sum(greatest(remaining, 0)) over by_due_date - greatest(remaining, 0) as before_it
    from after_direct
    where to_share <> 0
    window
        by_due_date as (
            partition by invoice_number, balance_day
            order by due_date nulls last, instalment
            rows between unbounded preceding and current row
        )
),

shared as (
    select
        invoice_number,
        instalment,
        balance_day,
        case
            when to_share < 0 and turn = 1 then to_share
            when to_share < 0 then 0
            else least(greatest(to_share - before_it, 0), greatest(remaining, 0))
        end as share
    from in_turn
)

select
    after_direct.* exclude (to_share, remaining),
    cast(
        case
            when $has_transactions then after_direct.remaining - coalesce(shared.share, 0)
            when after_direct.paid_on <= after_direct.balance_day then 0
            when after_direct.paid_on is not null then after_direct.amount
            when after_direct.balance is not null then after_direct.balance
            when after_direct.status = 'paid' then 0
            else after_direct.amount
        end as decimal(18, 2)
    ) as net_amount
from after_direct
left join shared
    on
        after_direct.invoice_number = shared.invoice_number
        and after_direct.instalment = shared.instalment
        and after_direct.balance_day = shared.balance_day
