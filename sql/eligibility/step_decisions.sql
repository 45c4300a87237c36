-- One row per step considered for one enrolled unit on the day, and one per account that owes but is in no cadence,
-- with the verdict and a sentence.
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
        and steps_considered.amount_past_due >= steps_considered.min_past_due as is_pending,
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
        and amount_past_due >= min_past_due as is_repeating,
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
),

judged as (
    select
        *,
        case
            when is_wanted then verdict_if_chosen
            when is_carried_out then 'done'
            when is_missed then 'missed'
            when rung = last_rung then 'superseded'
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
),

spoken as (
    select
        *,
        case
            when verdict in ('act', 'no_contact', 'opted_out', 'stale_extract') and is_repeating
                then concat('Due again since ', cast(repeat_due_date as varchar), ', ', repeat_every, ' days after it was last done')
            when clock = 'account_age'
                then concat('Due since ', cast(due_date as varchar), ': the oldest invoice is ', account_age_days, ' days old')
            when clock = 'past_due_age' and past_due_age_days > 0
                then concat('Due since ', cast(due_date as varchar), ': the oldest invoice is ', past_due_age_days, ' days past due')
            when clock = 'past_due_age'
                then concat('Due since ', cast(due_date as varchar), ': the oldest invoice falls due on ', cast(oldest_due_date as varchar))
            else concat('Due since ', cast(due_date as varchar), ': the step before was done on ', cast(last_rung_on as varchar))
        end as why_due
    from judged
),

explained as (
    select
        *,
        case verdict
            when 'act' then concat(why_due, '.')
            when 'no_contact'
                then concat(why_due, ', but no contact has what the channel ', channel, ' needs; somebody must mend the contact.')
            when 'opted_out'
                then concat(why_due, ', but every contact has opted out of ', channel, '; somebody must find another way.')
            when 'stale_extract'
                then concat(why_due, ', but the newest extract is too old: nothing is sent until a newer one is there.')
            when 'done' then concat(
                'Done on ', cast(last_carried_out_on as varchar),
                case
                    when can_repeat then concat('; again from ', cast(repeat_due_date as varchar), ' on.')
                    else '.'
                end
            )
            when 'superseded' then 'A later step takes its place.'
            when 'missed' then case
                when day_is_before_due then 'It was to come before the due date, which has passed.'
                else 'Its day has passed.'
            end
            when 'waiting_gap' then concat(
                'Waits: the last contact was on ', coalesce(cast(last_contact_on as varchar), 'this day'),
                ' and ', min_gap_days, ' days must lie between two.'
            )
            when 'waiting_run_day' then concat(
                'Waits for the next day on which the cadence runs',
                coalesce(concat(', ', cast(next_run_day as varchar)), ''), '.'
            )
            when 'below_minimum' then case
                when min_balance is null then concat('This cadence does not chase ', currency, '.')
                when not has_counted_item then 'No open item is as large as the cadence''s minimum.'
                when chaseable_balance <= 0 then 'Credits cover what could be chased.'
                when chaseable_balance < min_balance then concat(
                    'The chaseable balance of ', chaseable_balance, ' ', currency, ' is below the minimum of ', min_balance, '.'
                )
                else concat(
                    'The amount past due of ', amount_past_due, ' ', currency, ' is below the step''s minimum of ', min_past_due, '.'
                )
            end
            when 'promise' then concat('Payment is promised', coalesce(concat(' until ', cast(held_until as varchar)), ''), '.')
            when 'paused' then concat('Chasing is paused', coalesce(concat(' until ', cast(held_until as varchar)), ''), '.')
            when 'disputed' then 'What is open is disputed.'
            when 'do_not_chase' then 'This customer is not to be chased.'
            when 'autopay' then 'What is open is collected automatically.'
            else case
                when due_date is not null and not is_behind_others then concat('Comes due on ', cast(due_date as varchar), '.')
                when clock = 'past_due_age' then 'No open invoice has a due date.'
                else 'Comes after the steps before it.'
            end
        end as sentence
    from (select *, clock = 'past_due_age' and step_day < 0 as day_is_before_due from spoken) as spoken
),

not_enrolled as (
    select
        account_cadences.customer_number,
        account_cadences.currency
    from account_cadences
    where account_cadences.cadence is null
)

select
    cast($as_of as date) as day,
    customer_number,
    currency,
    invoice_reference,
    cadence,
    version as cadence_version,
    cycle_start,
    step,
    step_number,
    rung,
    channel,
    case
        when can_repeat then repeat_due_date
        when not is_carried_out and not is_behind_others then due_date
    end as step_due_date,
    case when can_repeat then last_repetition + 1 when is_carried_out then last_repetition else 0 end as repetition,
    verdict,
    sentence
from explained
union all
select
    cast($as_of as date) as day,
    customer_number,
    currency,
    '' as invoice_reference,
    null as cadence,
    null as cadence_version,
    null as cycle_start,
    null as step,
    null as step_number,
    null as rung,
    null as channel,
    null as step_due_date,
    null as repetition,
    'not_enrolled' as verdict,
    'No rule and no enrolment puts this account into a cadence.' as sentence
from not_enrolled
