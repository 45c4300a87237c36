-- One row per transaction of the extract; reduces_by is positive for what settles, negative for what adds back.
-- Parameters: none.
select
    transaction_id,
    customer_number,
    invoice_number,
    instalment,
    "date",
    currency,
    amount,
    "type",
    case when "type" in ('refund', 'reversal') then -amount else amount end as reduces_by
from transactions_checked
where reason is null
