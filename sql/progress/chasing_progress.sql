-- One row per account with a balance on the day: where it stands in its cadence at the end of the day.
-- Parameters: none.
with

accounts as (
    select * from account_aging where balance > 0
),

decisions as (
    select * from step_decisions
),

followed as (
    select
        day,
        customer_number,
        currency,
        any_value(cadence) as cadence,
        max(cadence_version) as cadence_version,
        min(cycle_start) as cycle_start
    from decisions
    group by day, customer_number, currency
),

done as (
    select
        followed.day,
        followed.customer_number,
        followed.currency,
        max_by(
            carried_out.step,
            struct_pack(
                carried_out_on := carried_out.carried_out_on,
                step_number := coalesce(decisions.step_number, 0),
                recorded := carried_out.record_number
            )
        ) as last_step,
        max(carried_out.carried_out_on) as last_step_on
    from followed
    inner join carried_out
        on
            followed.customer_number = carried_out.customer_number
            and followed.currency = carried_out.currency
            and followed.cadence = carried_out.cadence
            and followed.cycle_start <= carried_out.carried_out_on
            and followed.day >= carried_out.carried_out_on
    left join decisions
        on
            followed.day = decisions.day
            and carried_out.customer_number = decisions.customer_number
            and carried_out.currency = decisions.currency
            and carried_out.invoice_reference = decisions.invoice_reference
            and carried_out.step = decisions.step
    group by followed.day, followed.customer_number, followed.currency
),

done_today as (
    select distinct
        carried_out_on as day,
        customer_number,
        currency,
        invoice_reference,
        step
    from carried_out
),

ahead as (
    select
        decisions.*,
        row_number() over (
            partition by decisions.day, decisions.customer_number, decisions.currency
            order by
                -- what waits comes before what is not due yet; of what waits, the most advanced step
                case when decisions.verdict in ('not_due', 'done') then 1 else 0 end,
                case
                    when decisions.verdict not in ('not_due', 'done') and decisions.step_due_date is not null
                        then -decisions.step_number
                end nulls last,
                decisions.step_due_date nulls last,
                decisions.step_number
        ) as place
    from decisions
    left join done_today
        on
            decisions.day = done_today.day
            and decisions.customer_number = done_today.customer_number
            and decisions.currency = done_today.currency
            and decisions.invoice_reference = done_today.invoice_reference
            and decisions.step = done_today.step
    where
        decisions.verdict not in ('superseded', 'missed')
        and (decisions.verdict <> 'done' or decisions.step_due_date > decisions.day)
        and done_today.customer_number is null
)

select
    accounts.day,
    accounts.customer_number,
    accounts.currency,
    accounts.customer_name,
    followed.cadence,
    followed.cadence_version,
    done.last_step,
    done.last_step_on,
    ahead.step as next_step,
    ahead.step_due_date as next_step_on,
    coalesce(ahead.verdict, 'finished') as state,
    accounts.balance,
    accounts.account_age_days as oldest_age_days
from accounts
left join followed
    on
        accounts.day = followed.day
        and accounts.customer_number = followed.customer_number
        and accounts.currency = followed.currency
left join done
    on
        accounts.day = done.day
        and accounts.customer_number = done.customer_number
        and accounts.currency = done.currency
left join ahead
    on
        accounts.day = ahead.day
        and accounts.customer_number = ahead.customer_number
        and accounts.currency = ahead.currency
        and ahead.place = 1
