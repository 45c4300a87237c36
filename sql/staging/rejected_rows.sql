-- One row per row of the extract that was read but can't be used.
-- Parameters: none.
select
    'customers' as table_name,
    source_file as file,
    source_row,
    column_name,
    value,
    reason
from customers_checked
where reason is not null
union all
select
    'contacts' as table_name,
    source_file as file,
    source_row,
    column_name,
    value,
    reason
from contacts_checked
where reason is not null
union all
select
    'invoices' as table_name,
    source_file as file,
    source_row,
    column_name,
    value,
    reason
from invoices_checked
where reason is not null
union all
select
    'invoices' as table_name,
    source_file as file,
    source_row,
    column_name,
    value,
    reason
from invoices_repeated
union all
select
    'transactions' as table_name,
    source_file as file,
    source_row,
    column_name,
    value,
    reason
from transactions_checked
where reason is not null
union all
select
    'transactions' as table_name,
    source_file as file,
    source_row,
    column_name,
    value,
    reason
from transactions_repeated
order by table_name, file, source_row
