-- One row per account of the day: where it stands in its cadence, how old it is, and what a search looks into.
-- Parameters: none.
with

progress as (
    select * from chasing_progress
),

aging as (
    select * from account_aging
)

select
    progress.day,
    progress.customer_number,
    progress.currency,
    progress.customer_name,
    progress.cadence,
    progress.cadence_version,
    progress.last_step,
    progress.last_step_on,
    progress.next_step,
    progress.next_step_on,
    progress.state,
    progress.balance,
    progress.oldest_age_days,
    aging.past_due_age_days,
    aging.open_amount - aging.current_amount as past_due_amount,
    case
        when coalesce(aging.past_due_age_days, 0) <= 0 then 'current'
        when aging.past_due_age_days <= 30 then '1-30'
        when aging.past_due_age_days <= 60 then '31-60'
        when aging.past_due_age_days <= 90 then '61-90'
        else '90+'
    end as oldest_bucket,
    translate(
        lower(concat(progress.customer_number, ' ', progress.customer_name)),
        'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ',
        'aaaaaaceeeeiiiinooooouuuuyy'
    ) as searched
from progress
left join aging
    on
        progress.customer_number = aging.customer_number
        and progress.currency = aging.currency
