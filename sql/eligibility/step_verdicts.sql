-- One row per step considered for one enrolled unit, with the verdict. A step is wanted if its rung is chosen or it is
-- to be repeated; a wanted step acts unless something holds the unit.
-- Parameters: none.
with

later_rungs as (
    select distinct unit_key
    from unit_rungs
    where not is_missed_now
),

wished as (
    select
        considered.*,
        steps.channel,
        steps.repeat_every,
        rungs.policy,
        coalesce(rungs.is_missed_now, false) as is_missed_now,
        coalesce(rungs.unit_key is not null and considered.is_due and considered.has_enough_past_due, false)
            as is_pending,
        coalesce(rungs.is_chosen, false) as is_chosen,
        coalesce(rungs.in_gap, steps.channel <> 'escalate' and facts.is_in_gap) as in_gap,
        considered.is_carried_out
        and considered.rung = considered.last_rung
        and steps.repeat_every is not null
        and coalesce(considered.last_repetition < steps.repeat_limit, true) as can_repeat,
        considered.last_carried_out_on + steps.repeat_every as repeat_due_date,
        later_rungs.unit_key is not null as has_later_rung,
        facts.day,
        facts.is_run_day,
        facts.blocked_because,
        facts.unit_verdict
    from unit_steps as considered
    inner join steps
        on considered.step_key = steps.step_key
    inner join unit_facts as facts
        on considered.unit_key = facts.unit_key
    left join unit_rungs as rungs
        on
            considered.unit_key = rungs.unit_key
            and considered.rung = rungs.rung
    left join later_rungs
        on considered.unit_key = later_rungs.unit_key
),

wanted as (
    select
        wished.*,
        coalesce(
            wished.can_repeat
            and wished.repeat_due_date <= wished.day
            and not wished.has_later_rung
            and wished.has_enough_past_due,
            false
        ) as is_repeating,
        case
            when wished.unit_verdict is not null then wished.unit_verdict
            when wished.in_gap then 'waiting_gap'
            when not wished.is_reachable and wished.has_opted_out then 'opted_out'
            when not wished.is_reachable then 'no_contact'
            when planned_days.is_stale then 'stale_extract'
            else 'act'
        end as verdict_if_chosen
    from wished
    inner join planned_days
        on wished.day = planned_days.day
)

select
    unit_key,
    step_key,
    rung,
    due_date,
    is_behind_others,
    is_before_due,
    is_carried_out,
    last_carried_out_on,
    last_repetition,
    can_repeat,
    repeat_due_date,
    is_repeating,
    case
        when is_repeating or (is_pending and is_chosen) then verdict_if_chosen
        when is_carried_out then 'done'
        when is_missed then 'missed'
        when rung = last_rung and not is_pending then 'superseded'
        when is_pending and is_missed_now and is_run_day then 'missed'
        when is_pending and policy = 'latest' and unit_verdict is not null then unit_verdict
        when is_pending and policy = 'latest' and in_gap then 'waiting_gap'
        when is_pending and policy = 'latest' then 'superseded'
        when is_pending then 'waiting_run_day'
        when blocked_because is not null then blocked_because
        when is_due then 'below_minimum'
        else 'not_due'
    end as verdict
from wanted
