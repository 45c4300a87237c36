-- One row per usable row of the transactions files whose transaction_id an earlier usable row has: the first counts.
-- Parameters: none.
with

usable as (
    select
        source_file,
        source_row,
        transaction_id
    from transactions_checked
    where reason is null
),

repeated_keys as (
    select transaction_id
    from usable
    group by transaction_id
    having count(*) > 1
),

numbered as (
    select
        usable.source_file,
        usable.source_row,
        usable.transaction_id,
        row_number() over (
            partition by usable.transaction_id
            order by usable.source_file, usable.source_row
        ) as occurrence
    from usable
    inner join repeated_keys
        on usable.transaction_id = repeated_keys.transaction_id
)

select
    source_file,
    source_row,
    'transaction_id' as column_name,
    transaction_id as value,
    'duplicate key: an earlier row has this transaction_id' as reason
from numbered
where occurrence > 1
