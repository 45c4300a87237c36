-- One row per item and unbroken run of days (from_day to until_day, both included) on which the same positive amount
-- of it is open. is_settled_next: the day after, nothing is left. Made once per extract; span_key numbers them by their
-- last day, so that planning a day passes over what was settled before.
-- Parameters: none.
with

changes as (
    select * from item_changes
    union all
    select * from shared_item_changes
),

spans as (
    select
        item_key,
        changed_on as from_day,
        lead(changed_on) over (partition by item_key order by changed_on) as next_day,
        net_amount as open_amount,
        lead(net_amount) over (partition by item_key order by changed_on) as next_amount
    from changes
)

select
    row_number() over (order by coalesce(spans.next_day, date '9999-12-31'), items.item_key) as span_key,
    accounts.account_key,
    items.item_key,
    items.customer_number,
    items.currency,
    items.invoice_number,
    items.instalment,
    items.invoice_reference,
    items.issue_date,
    items.due_date,
    items.amount,
    spans.open_amount,
    spans.from_day,
    coalesce(spans.next_day - 1, date '9999-12-31') as until_day,
    coalesce(spans.next_amount <= 0, false) as is_settled_next,
    items.is_never_chased,
    items.is_autopay,
    items.disputed_from,
    items.disputed_until,
    items.url
from spans
inner join counted_items as items
    on spans.item_key = items.item_key
inner join accounts
    on
        items.customer_number = accounts.customer_number
        and items.currency = accounts.currency
where spans.open_amount > 0
order by span_key
