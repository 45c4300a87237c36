-- One row per planned day and account with open items or credits, in numbers and dates; whose it is stands in accounts.
-- Parameters: first_day, last_day.
with

balances as (
    select
        planned_days.day,
        account_spans.account_key,
        account_spans.balance,
        account_spans.spell_start,
        account_spans.untold_from
    from account_spans
    inner join planned_days
        on
            account_spans.from_day <= planned_days.day
            and account_spans.until_day >= planned_days.day
    where
        account_spans.until_day >= $first_day
        and account_spans.from_day <= $last_day
),

open_amounts as (
    select
        day,
        account_key,
        cast(sum(open_amount) as decimal(18, 2)) as open_amount,
        cast(sum(case when bucket = 0 then open_amount else 0 end) as decimal(18, 2)) as current_amount,
        cast(sum(case when bucket = 1 then open_amount else 0 end) as decimal(18, 2)) as days_1_30,
        cast(sum(case when bucket = 2 then open_amount else 0 end) as decimal(18, 2)) as days_31_60,
        cast(sum(case when bucket = 3 then open_amount else 0 end) as decimal(18, 2)) as days_61_90,
        cast(sum(case when bucket = 4 then open_amount else 0 end) as decimal(18, 2)) as days_over_90,
        count(*) as open_item_count,
        min(issue_date) as oldest_issue_date,
        min(due_date) as oldest_due_date
    from day_items
    group by day, account_key
),

aged as (
    select
        coalesce(open_amounts.day, balances.day) as day,
        coalesce(open_amounts.account_key, balances.account_key) as account_key,
        coalesce(balances.balance, 0) as balance,
        balances.spell_start,
        balances.untold_from,
        coalesce(open_amounts.current_amount, 0) as current_amount,
        coalesce(open_amounts.days_1_30, 0) as days_1_30,
        coalesce(open_amounts.days_31_60, 0) as days_31_60,
        coalesce(open_amounts.days_61_90, 0) as days_61_90,
        coalesce(open_amounts.days_over_90, 0) as days_over_90,
        coalesce(open_amounts.open_amount, 0) as open_amount,
        coalesce(open_amounts.open_item_count, 0) as open_item_count,
        open_amounts.oldest_issue_date,
        open_amounts.oldest_due_date
    from open_amounts
    full outer join balances
        on
            open_amounts.account_key = balances.account_key
            and open_amounts.day = balances.day
)

select
    *,
    open_amount - balance as unapplied_credit,
    date_diff('day', oldest_issue_date, day) as account_age_days,
    date_diff('day', oldest_due_date, day) as past_due_age_days
from aged
