-- One row per invoice, or instalment of one (instalment 0: the invoice is paid in one), of the extract.
-- Parameters: none.
select
    invoice_number,
    coalesce(instalment, 0) as instalment,
    customer_number,
    issue_date,
    due_date,
    currency,
    amount,
    balance,
    status,
    paid_on,
    disputed,
    disputed_on,
    dispute_closed_on,
    autopay,
    url,
    pdf
from invoices_checked
where reason is null
