-- One row per file of the extract that has rows: how many could be split into columns.
-- Parameters: none.
with

all_rows as (
    select
        'customers' as table_name,
        source_file as file
    from customers_checked
    union all
    select
        'contacts' as table_name,
        source_file as file
    from contacts_checked
    union all
    select
        'invoices' as table_name,
        source_file as file
    from invoices_checked
    union all
    select
        'transactions' as table_name,
        source_file as file
    from transactions_checked
)

select
    table_name,
    file,
    count(*) as row_count
from all_rows
group by table_name, file
