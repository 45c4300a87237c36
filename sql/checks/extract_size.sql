-- One row per table of an extract: how many rows it has, and how many the extracts before it usually had (empty: fewer
-- than three are known). is_plausible: at least half and at most twice the usual number.
-- Parameters: extract_date.
with

usual as (
    select
        table_name,
        median(row_count) as usual_count
    from extract_sizes
    where extract_date < $extract_date
    group by table_name
    having count(*) >= 3
)

select
    sizes.table_name,
    sizes.row_count,
    usual.usual_count,
    coalesce(sizes.row_count * 2 >= usual.usual_count and sizes.row_count <= usual.usual_count * 2, true)
        as is_plausible
from extract_sizes as sizes
left join usual
    on sizes.table_name = usual.table_name
where sizes.extract_date = $extract_date
order by sizes.table_name
