-- One row per planned day and table: how many rows the table has for that day.
-- Parameters: none.
select
    day,
    'open_items' as table_name,
    count(*) as row_count
from day_items
group by day
union all
select
    day,
    'account_aging' as table_name,
    count(*) as row_count
from account_aging
group by day
union all
select
    day,
    'action_units' as table_name,
    count(*) as row_count
from action_units
group by day
