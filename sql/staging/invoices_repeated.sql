-- One row per usable row of the invoices files whose invoice and instalment an earlier usable row has: the first one
-- counts.
-- Parameters: none.
with

usable as (
    select
        source_file,
        source_row,
        invoice_number,
        coalesce(instalment, 0) as instalment
    from invoices_checked
    where reason is null
),

repeated_keys as (
    select
        invoice_number,
        instalment
    from usable
    group by invoice_number, instalment
    having count(*) > 1
),

numbered as (
    select
        usable.source_file,
        usable.source_row,
        usable.invoice_number,
        row_number() over (
            partition by usable.invoice_number, usable.instalment
            order by usable.source_file, usable.source_row
        ) as occurrence
    from usable
    inner join repeated_keys
        on
            usable.invoice_number = repeated_keys.invoice_number
            and usable.instalment = repeated_keys.instalment
)

select
    source_file,
    source_row,
    'invoice_number' as column_name,
    invoice_number as value,
    'duplicate key: an earlier row has this invoice_number and instalment' as reason
from numbered
where occurrence > 1
