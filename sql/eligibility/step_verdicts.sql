-- One row per step considered for one enrolled unit on the day, with the verdict. A step is wanted if its rung is
-- chosen or it is to be repeated; a wanted step acts unless something holds the unit.
-- Parameters: as_of, is_stale (the extract is older than allowed).
with

steps_considered as (
    select * from unit_steps
),

units_pending as (
    select
        customer_number,
        currency,
        invoice_reference,
        max(case when not is_missed_now then 1 else 0 end) = 1 as has_later_rung
    from unit_rungs
    group by customer_number, currency, invoice_reference
),

wished as (
    select
        steps_considered.*,
        unit_rungs.policy,
        unit_rungs.rung is not null
        and steps_considered.is_due
        and coalesce(steps_considered.amount_past_due >= steps_considered.min_past_due, false) as is_pending,
        coalesce(unit_rungs.is_chosen, false) as is_chosen,
        coalesce(unit_rungs.is_missed_now, false) as is_missed_now,
        steps_considered.is_carried_out
        and steps_considered.rung = steps_considered.last_rung
        and steps_considered.repeat_every is not null
        and coalesce(steps_considered.last_repetition < steps_considered.repeat_limit, true) as can_repeat,
        steps_considered.last_carried_out_on + steps_considered.repeat_every as repeat_due_date,
        coalesce(units_pending.has_later_rung, false) as has_later_rung,
        case
            when unit_rungs.rung is not null then unit_rungs.in_gap
            else
                steps_considered.channel <> 'escalate'
                and coalesce(
                    date_diff('day', steps_considered.last_contact_on, cast($as_of as date))
                    < steps_considered.min_gap_days,
                    false
                )
        end as in_gap,
        steps_considered.channel = 'escalate' or reachability.recipient is not null as is_reachable,
        coalesce(reachability.has_opted_out, false) as has_opted_out
    from steps_considered
    left join unit_rungs
        on
            steps_considered.customer_number = unit_rungs.customer_number
            and steps_considered.currency = unit_rungs.currency
            and steps_considered.invoice_reference = unit_rungs.invoice_reference
            and steps_considered.rung = unit_rungs.rung
    left join units_pending
        on
            steps_considered.customer_number = units_pending.customer_number
            and steps_considered.currency = units_pending.currency
            and steps_considered.invoice_reference = units_pending.invoice_reference
    left join reachability
        on
            steps_considered.customer_number = reachability.customer_number
            and steps_considered.channel = reachability.channel
),

wanted as (
    select
        *,
        can_repeat
        and repeat_due_date <= $as_of
        and not has_later_rung
        and coalesce(amount_past_due >= min_past_due, false) as is_repeating,
        case
            when blocked_because is not null then blocked_because
            when min_balance is null or chaseable_balance < min_balance or chaseable_balance <= 0 then 'below_minimum'
            when not is_run_day then 'waiting_run_day'
            when in_gap then 'waiting_gap'
            when not is_reachable and has_opted_out then 'opted_out'
            when not is_reachable then 'no_contact'
            when $is_stale then 'stale_extract'
            else 'act'
        end as verdict_if_chosen
    from wished
),

chosen as (
    select
        *,
        (is_pending and is_chosen) or is_repeating as is_wanted,
        max(case when is_pending and is_chosen then verdict_if_chosen end) over (
            partition by customer_number, currency, invoice_reference
        ) as chosen_verdict
    from wanted
)

select
    *,
    case
        when is_wanted then verdict_if_chosen
        when is_carried_out then 'done'
        when is_missed then 'missed'
        when rung = last_rung and not is_pending then 'superseded'
        when is_pending and is_missed_now and is_run_day then 'missed'
        when is_pending and policy = 'latest' and chosen_verdict in ('act', 'no_contact', 'opted_out', 'stale_extract')
            then 'superseded'
        when is_pending and policy = 'latest' then chosen_verdict
        when is_pending then 'waiting_run_day'
        when blocked_because is not null then blocked_because
        when is_due then 'below_minimum'
        else 'not_due'
    end as verdict
from chosen
