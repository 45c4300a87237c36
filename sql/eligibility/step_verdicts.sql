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
    -- what may act, few of all steps
    select
        candidates.unit_key,
        candidates.step_key,
        candidates.is_pending,
        candidates.can_repeat,
        candidates.repeat_due_date,
        candidates.can_repeat
        and candidates.repeat_due_date <= facts.day
        and later_rungs.unit_key is null
        and candidates.has_enough_past_due as is_repeating,
        candidates.is_pending and coalesce(rungs.is_chosen, false) as is_chosen,
        case
            when rungs.is_missed_now and facts.is_run_day then 'missed'
            when facts.unit_verdict is not null then facts.unit_verdict
            when rungs.policy <> 'latest' then 'waiting_run_day'
            when rungs.in_gap then 'waiting_gap'
            else 'superseded'
        end as verdict_if_passed_over,
        case
            when facts.unit_verdict is not null then facts.unit_verdict
            when coalesce(rungs.in_gap, candidates.channel <> 'escalate' and facts.is_in_gap) then 'waiting_gap'
            when candidates.recipient is null and candidates.has_opted_out then 'opted_out'
            when candidates.recipient is null then 'no_contact'
            when planned_days.is_stale then 'stale_extract'
            else 'act'
        end as verdict_if_wanted
    from acting_candidates as candidates
    inner join unit_facts as facts
        on candidates.unit_key = facts.unit_key
    inner join planned_days
        on facts.day = planned_days.day
    left join unit_rungs as rungs
        on
            candidates.unit_key = rungs.unit_key
            and candidates.rung = rungs.rung
    left join later_rungs
        on candidates.unit_key = later_rungs.unit_key
)

select
    considered.unit_key,
    considered.step_key,
    considered.rung,
    considered.due_date,
    considered.is_behind_others,
    considered.is_before_due,
    considered.is_carried_out,
    considered.last_carried_out_on,
    considered.last_repetition,
    coalesce(wished.can_repeat, false) as can_repeat,
    wished.repeat_due_date,
    coalesce(wished.is_repeating, false) as is_repeating,
    case
        when wished.is_repeating or wished.is_chosen then wished.verdict_if_wanted
        when considered.is_carried_out then 'done'
        when considered.is_missed then 'missed'
        when considered.is_of_last_rung and not coalesce(wished.is_pending, false) then 'superseded'
        when wished.is_pending then wished.verdict_if_passed_over
        when facts.blocked_because is not null then facts.blocked_because
        when considered.is_due then 'below_minimum'
        else 'not_due'
    end as verdict
from unit_steps as considered
inner join unit_facts as facts
    on considered.unit_key = facts.unit_key
left join wished
    on
        considered.unit_key = wished.unit_key
        and considered.step_key = wished.step_key
