-- One row per transaction of the extract; reduces_by is positive for what settles, negative for what adds back.
-- Parameters: none.
select
    checked.transaction_id,
    checked.customer_number,
    checked.invoice_number,
    checked.instalment,
    checked."date",
    checked.currency,
    checked.amount,
    checked."type",
    case
        when checked."type" in ('refund', 'reversal') then -checked.amount
        else checked.amount
    end as reduces_by
from transactions_checked as checked
left join transactions_repeated as repeated
    on
        checked.source_file = repeated.source_file
        and checked.source_row = repeated.source_row
where checked.reason is null and repeated.source_row is null
