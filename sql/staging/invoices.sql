-- One row per invoice, or instalment of one (instalment 0: the invoice is paid in one), of the extract.
-- Parameters: none.
select
    checked.invoice_number,
    coalesce(checked.instalment, 0) as instalment,
    checked.customer_number,
    checked.issue_date,
    checked.due_date,
    checked.currency,
    checked.amount,
    checked.balance,
    checked.status,
    checked.paid_on,
    checked.disputed,
    checked.disputed_on,
    checked.dispute_closed_on,
    checked.autopay,
    checked.url,
    checked.pdf
from invoices_checked as checked
left join invoices_repeated as repeated
    on
        checked.source_file = repeated.source_file
        and checked.source_row = repeated.source_row
where checked.reason is null and repeated.source_row is null
