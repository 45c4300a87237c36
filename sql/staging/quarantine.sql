-- One row per row of the extract that was rejected.
-- Parameters: extract_date.
select
    cast($extract_date as date) as extract_date,
    table_name,
    file,
    line,
    column_name,
    value,
    reason
from rejected
order by table_name, file, line
