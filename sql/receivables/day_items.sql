-- One row per planned day and item with something left to pay, in numbers and dates; what is written on it stands in
-- item_history, by span_key. bucket: 0 not past due, 1 to 4 as open_items names them. block_weight: the weightiest
-- reason not to chase it, 1 to 5 as open_items names them; 9: none.
-- Parameters: first_day, last_day.
with

spans as (
    select
        span_key,
        account_key,
        item_key,
        issue_date,
        due_date,
        open_amount,
        from_day,
        until_day,
        is_never_chased,
        is_autopay,
        disputed_from,
        disputed_until
    from item_spans
    where
        until_day >= $first_day
        and from_day <= $last_day
),

account_holds as (
    select * from day_holds where item_key = 0
),

item_holds as (
    select * from day_holds where item_key <> 0
),

judged as (
    select
        planned_days.day,
        spans.* exclude (from_day, until_day),
        date_diff('day', spans.due_date, planned_days.day) as days_past_due,
        coalesce(
            spans.disputed_from <= planned_days.day
            and planned_days.day <= coalesce(spans.disputed_until, date '9999-12-31'),
            false
        ) as is_disputed,
        coalesce(account_holds.weight, 9) as account_weight,
        coalesce(item_holds.weight, 9) as item_weight,
        account_holds.held_until as account_held_until,
        item_holds.held_until as item_held_until
    from spans
    inner join planned_days
        on
            spans.from_day <= planned_days.day
            and spans.until_day >= planned_days.day
    left join account_holds
        on
            spans.account_key = account_holds.account_key
            and planned_days.day = account_holds.day
    left join item_holds
        on
            spans.item_key = item_holds.item_key
            and planned_days.day = item_holds.day
)

select
    day,
    span_key,
    account_key,
    item_key,
    issue_date,
    due_date,
    open_amount,
    days_past_due,
    case
        when coalesce(days_past_due, 0) <= 0 then 0
        when days_past_due <= 30 then 1
        when days_past_due <= 60 then 2
        when days_past_due <= 90 then 3
        else 4
    end as bucket,
    case
        when is_never_chased then 1
        when least(account_weight, item_weight) = 1 then 1
        when is_autopay then 2
        when is_disputed then 3
        else least(account_weight, item_weight)
    end as block_weight,
    case
        when is_never_chased or is_autopay then null
        when least(account_weight, item_weight) > 1 and is_disputed then disputed_until
        when account_weight <= item_weight then account_held_until
        else item_held_until
    end as held_until
from judged
