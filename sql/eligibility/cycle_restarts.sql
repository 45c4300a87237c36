-- One row per planned day and account whose cadence has restarted in its present spell: the last day on which the
-- item that was the oldest chaseable one the day before was settled while others stayed open.
-- Oldest: by issue date, then due date with none last, then larger amount, then number.
-- Parameters: none.
with

spells as (
    select
        *,
        struct_pack(
            issue_date := issue_date,
            due_date := coalesce(due_date, date '9999-12-31'),
            amount := -amount,
            invoice_number := invoice_number,
            instalment := instalment
        ) as place
    from chaseable_spells
),

settled as (
    -- on the day after the last one of its last span nothing is left of the item
    select * from spells where is_settled_next and last_day = until_day
),

older as (
    select distinct
        settled.account_key,
        settled.min_open,
        settled.item_key,
        settled.last_day
    from settled
    inner join spells
        on
            settled.account_key = spells.account_key
            and settled.min_open = spells.min_open
            and settled.last_day >= spells.first_day
            and settled.last_day <= spells.last_day
    where spells.place < settled.place
),

restarts as (
    select
        settled.account_key,
        settled.min_open,
        settled.last_day + 1 as restarted_on
    from settled
    left join older
        on
            settled.account_key = older.account_key
            and settled.min_open = older.min_open
            and settled.item_key = older.item_key
            and settled.last_day = older.last_day
    where older.item_key is null
)

select
    restarting.day,
    restarting.account_key,
    max(restarts.restarted_on) as restarted_on
from restarting_accounts as restarting
inner join restarts
    on
        restarting.account_key = restarts.account_key
        and restarting.min_open = restarts.min_open
        and restarting.day >= restarts.restarted_on
        and restarting.cycle_start < restarts.restarted_on
group by restarting.day, restarting.account_key
