-- One row per account with a positive balance on the day: the first day of the unbroken spell that it is in.
-- Where the extract does not tell how the balance came about (no transactions, no paid_on), a cycle that the
-- ledger knows goes on until a run has seen the balance at zero.
-- Parameters: none.
with

owing as (
    select * from account_balances where balance > 0
),

daily as (
    select
        account_changes.customer_number,
        account_changes.currency,
        account_changes.change_day,
        sum(account_changes.change) as change
    from account_changes
    inner join owing
        on
            account_changes.customer_number = owing.customer_number
            and account_changes.currency = owing.currency
    group by account_changes.customer_number, account_changes.currency, account_changes.change_day
),

running as (
    select
        *,
        sum(change) over (
            partition by customer_number, currency
            order by change_day
            rows between unbounded preceding and current row
        ) as balance
    from daily
),

last_zero as (
    select
        customer_number,
        currency,
        max(case when balance <= 0 then change_day end) as last_zero_day
    from running
    group by customer_number, currency
),

computed as (
    select
        running.customer_number,
        running.currency,
        min(running.change_day) as cycle_start
    from running
    inner join last_zero
        on
            running.customer_number = last_zero.customer_number
            and running.currency = last_zero.currency
    where running.change_day > coalesce(last_zero.last_zero_day, date '0001-01-01')
    group by running.customer_number, running.currency
),

known as (
    select
        customer_number,
        currency,
        max(case when stopped_on is null then cycle_start end) as running_since,
        max(stopped_on) as last_stopped_on
    from enrolments
    where invoice_reference = ''
    group by customer_number, currency
)

select
    computed.customer_number,
    computed.currency,
    case
        when owing.has_history then computed.cycle_start
        else coalesce(known.running_since, greatest(computed.cycle_start, known.last_stopped_on + 1))
    end as cycle_start
from computed
inner join owing
    on
        computed.customer_number = owing.customer_number
        and computed.currency = owing.currency
left join known
    on
        computed.customer_number = known.customer_number
        and computed.currency = known.currency
