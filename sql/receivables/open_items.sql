-- One row per planned day and invoice, or instalment of one, with something left to pay: day_items with what is written
-- on them.
-- Parameters: none.
select
    items.day,
    items.account_key,
    written.customer_number,
    written.currency,
    written.invoice_number,
    written.instalment,
    written.invoice_reference,
    items.issue_date,
    items.due_date,
    written.amount,
    items.open_amount,
    items.days_past_due,
    case items.bucket
        when 0 then 'current'
        when 1 then '1-30'
        when 2 then '31-60'
        when 3 then '61-90'
        else '90+'
    end as bucket,
    items.block_weight = 9 as is_chaseable,
    case items.block_weight
        when 1 then 'do_not_chase'
        when 2 then 'autopay'
        when 3 then 'disputed'
        when 4 then 'paused'
        when 5 then 'promise'
    end as not_chaseable_because,
    items.held_until,
    written.url
from day_items as items
inner join item_history as written
    on items.span_key = written.span_key
