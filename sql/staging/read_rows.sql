-- One row per file of the extract that has rows: how many could be split into columns.
-- Parameters: none.
with

all_rows as (
    select
        'customers' as table_name,
        source_file as file
    from raw_customers
    union all
    select
        'contacts' as table_name,
        source_file as file
    from raw_contacts
    union all
    select
        'invoices' as table_name,
        source_file as file
    from raw_invoices
    union all
    select
        'transactions' as table_name,
        source_file as file
    from raw_transactions
)

select
    table_name,
    file,
    count(*) as row_count
from all_rows
group by table_name, file
