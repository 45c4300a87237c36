-- One row per pending rung of a unit: after the last rung carried out in this cycle, with a step that is due and
-- whose own minimum is reached. late_entry (on the unit's first run day) or catch_up says which of them is chosen;
-- in_gap tells a chosen one that waits for min_gap_days since the last contact.
-- Parameters: as_of.
with

pending_steps as (
    select
        unit_steps.*,
        reachability.recipient is not null as is_reachable
    from unit_steps
    left join reachability
        on
            unit_steps.customer_number = reachability.customer_number
            and unit_steps.channel = reachability.channel
    where unit_steps.is_due and unit_steps.amount_past_due >= unit_steps.min_past_due
),

rungs as (
    select
        customer_number,
        currency,
        invoice_reference,
        rung,
        any_value(case when is_entering then late_entry else catch_up end) as policy,
        any_value(previous_run_day) as previous_run_day,
        any_value(min_gap_days) as min_gap_days,
        any_value(last_contact_on) as last_contact_on,
        min(due_date) as due_date,
        max(case when channel <> 'escalate' then 1 else 0 end) = 1 as can_wait,
        max(case when channel <> 'escalate' and is_reachable then 1 else 0 end) as contacts
    from pending_steps
    group by customer_number, currency, invoice_reference, rung
),

placed as (
    select
        *,
        policy <> 'skip' or due_date > coalesce(previous_run_day, date '0001-01-01') as is_timely,
        row_number() over (partition by customer_number, currency, invoice_reference order by rung) as from_first,
        row_number() over (partition by customer_number, currency, invoice_reference order by rung desc) as from_last,
        max(
            case
                when policy <> 'skip' or due_date > coalesce(previous_run_day, date '0001-01-01') then rung
            end
        ) over (partition by customer_number, currency, invoice_reference) as last_timely_rung,
        sum(contacts) over (
            partition by customer_number, currency, invoice_reference
            order by rung
            rows between unbounded preceding and current row
        ) - contacts as contacts_before
    from rungs
),

waiting as (
    select
        *,
        can_wait
        and (
            coalesce(date_diff('day', last_contact_on, cast($as_of as date)) < min_gap_days, false)
            or (policy = 'all' and min_gap_days > 0 and contacts_before > 0)
        ) as waits
    from placed
)

select
    customer_number,
    currency,
    invoice_reference,
    rung,
    policy,
    case policy
        when 'latest' then from_last = 1
        when 'in_order' then from_first = 1
        when 'all' then true
        else is_timely and rung = last_timely_rung
    end as is_chosen,
    policy = 'skip' and (not is_timely or rung <> last_timely_rung) as is_missed_now,
    -- of all rungs, none overtakes one that waits: it would be superseded
    case
        when policy = 'all'
            then
                max(case when waits then 1 else 0 end) over (
                    partition by customer_number, currency, invoice_reference
                    order by rung
                    rows between unbounded preceding and current row
                ) = 1
        else waits
    end as in_gap
from waiting
