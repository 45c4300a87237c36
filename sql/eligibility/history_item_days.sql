-- One row per item of such an account and day on which what is left of it may have changed.
-- Parameters: as_of, has_transactions.
with

items as (
    select issued_items.*
    from issued_items
    inner join history_accounts
        on
            issued_items.customer_number = history_accounts.customer_number
            and issued_items.currency = history_accounts.currency
)

select
    invoice_number,
    instalment,
    issue_date as balance_day
from items
union
select
    invoice_number,
    instalment,
    paid_on as balance_day
from items
where not $has_transactions and paid_on > issue_date and paid_on <= cast($as_of as date)
union
select
    items.invoice_number,
    items.instalment,
    transactions_as_of."date" as balance_day
from items
inner join transactions_as_of
    on items.invoice_number = transactions_as_of.invoice_number
where $has_transactions and transactions_as_of."date" > items.issue_date
