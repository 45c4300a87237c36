-- One row per pending rung of a unit: after the last rung carried out in this cycle, with a step that is due and
-- whose own minimum is reached. late_entry (on the unit's first run day) or catch_up says which of them is chosen;
-- in_gap: the rung that acts, this one or the later one that supersedes it, waits for min_gap_days since the last
-- contact.
-- Parameters: none.
with

rungs as (
    select
        unit_steps.unit_key,
        unit_steps.rung,
        min(unit_steps.due_date) as due_date,
        max(case when steps.channel <> 'escalate' then 1 else 0 end) = 1 as can_wait,
        max(case when steps.channel <> 'escalate' and unit_steps.is_reachable then 1 else 0 end) as contacts
    from unit_steps
    inner join steps
        on unit_steps.step_key = steps.step_key
    where unit_steps.is_due and unit_steps.has_enough_past_due
    group by unit_steps.unit_key, unit_steps.rung
),

timed as (
    select
        rungs.*,
        facts.policy,
        facts.min_gap_days,
        facts.is_in_gap,
        facts.policy <> 'skip' or rungs.due_date > coalesce(facts.previous_run_day, date '0001-01-01') as is_timely
    from rungs
    inner join unit_facts as facts
        on rungs.unit_key = facts.unit_key
),

bounds as (
    select
        unit_key,
        min(rung) as first_rung,
        max(struct_pack(rung := rung, can_wait := can_wait)) as last_rung,
        max(case when is_timely then rung end) as last_timely_rung
    from timed
    group by unit_key
),

overtaken as (
    -- where all rungs act, none overtakes one that waits: it would be superseded
    select
        unit_key,
        rung,
        max(case when waits then 1 else 0 end) over (
            partition by unit_key
            order by rung
            rows between unbounded preceding and current row
        ) = 1 as in_gap
    from (
        select
            *,
            can_wait and (
                is_in_gap
                or (
                    min_gap_days > 0
                    and sum(contacts) over (
                        partition by unit_key
                        order by rung
                        rows between unbounded preceding and current row
                    ) - contacts > 0
                )
            ) as waits
        from timed
        where policy = 'all'
    ) as waiting
)

select
    timed.unit_key,
    timed.rung,
    timed.policy,
    case timed.policy
        when 'latest' then timed.rung = bounds.last_rung.rung
        when 'in_order' then timed.rung = bounds.first_rung
        when 'all' then true
        else timed.is_timely and timed.rung = bounds.last_timely_rung
    end as is_chosen,
    timed.policy = 'skip' and (not timed.is_timely or timed.rung <> bounds.last_timely_rung) as is_missed_now,
    case timed.policy
        when 'all' then overtaken.in_gap
        when 'latest' then bounds.last_rung.can_wait and timed.is_in_gap
        else timed.can_wait and timed.is_in_gap
    end as in_gap
from timed
inner join bounds
    on timed.unit_key = bounds.unit_key
left join overtaken
    on
        timed.unit_key = overtaken.unit_key
        and timed.rung = overtaken.rung
