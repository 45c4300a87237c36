-- One row per account and unbroken run of days (from_day to until_day, both included) with the same balance, zero
-- left out. spell_start: the day on which the balance last rose from zero or below, null while it is there;
-- untold_from: as accounts has it.
-- Made once per extract; in order of the last day, so that planning a day passes over what is long past.
-- Parameters: has_transactions.
with

movements as (
    select
        customer_number,
        currency,
        issue_date as changed_on,
        case
            when $has_transactions or paid_on is not null then amount
            when balance is not null then balance
            when status = 'paid' then 0
            else amount
        end as change
    from counted_items
    union all
    select
        customer_number,
        currency,
        greatest(paid_on, issue_date) as changed_on,
        -amount as change
    from counted_items
    where not $has_transactions and paid_on is not null
    union all
    select
        customer_number,
        currency,
        settled_on as changed_on,
        -reduces_by as change
    from account_transactions
),

daily as (
    select
        accounts.account_key,
        movements.changed_on,
        sum(movements.change) as change
    from movements
    inner join accounts
        on
            movements.customer_number = accounts.customer_number
            and movements.currency = accounts.currency
    group by accounts.account_key, movements.changed_on
),

running as (
    select
        account_key,
        changed_on,
        lead(changed_on) over (partition by account_key order by changed_on) as next_day,
        sum(change) over (
            partition by account_key
            order by changed_on
            rows between unbounded preceding and current row
        ) as balance
    from daily
),

since_zero as (
    select
        *,
        max(case when balance <= 0 then changed_on end) over (
            partition by account_key
            order by changed_on
            rows between unbounded preceding and current row
        ) as last_zero_day
    from running
),

spells as (
    select
        *,
        min(case when balance > 0 then changed_on end) over (partition by account_key, last_zero_day) as spell_start
    from since_zero
)

select
    spells.account_key,
    spells.changed_on as from_day,
    coalesce(spells.next_day - 1, date '9999-12-31') as until_day,
    cast(spells.balance as decimal(18, 2)) as balance,
    case when spells.balance > 0 then spells.spell_start end as spell_start,
    accounts.untold_from
from spells
inner join accounts
    on spells.account_key = accounts.account_key
where spells.balance <> 0
order by until_day, spells.account_key
