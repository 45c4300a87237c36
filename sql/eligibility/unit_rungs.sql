-- One row per pending rung of a unit: after the last rung carried out in this cycle, with a step that is due and
-- whose own minimum is reached. late_entry (on the unit's first run day) or catch_up says which of them is chosen;
-- in_gap: the rung that acts, this one or the later one that supersedes it, waits for min_gap_days since the last
-- contact.
-- Parameters: none.
with

rungs as (
    select
        unit_key,
        rung,
        min(due_date) as due_date,
        max(case when channel <> 'escalate' then 1 else 0 end) = 1 as can_wait,
        max(case when channel <> 'escalate' and recipient is not null then 1 else 0 end) as contacts
    from acting_candidates
    where is_pending
    group by unit_key, rung
),

timed as (
    select
        rungs.*,
        case when facts.is_entering then cadences.late_entry else cadences.catch_up end as policy,
        cadences.min_gap_days,
        facts.is_in_gap,
        coalesce(facts.previous_run_day, date '0001-01-01') as previous_run_day
    from rungs
    inner join unit_facts as facts
        on rungs.unit_key = facts.unit_key
    inner join cadences
        on facts.cadence_key = cadences.cadence_key
),

timely as (
    select
        *,
        policy <> 'skip' or due_date > previous_run_day as is_timely
    from timed
),

bounds as (
    select
        unit_key,
        min(rung) as first_rung,
        max(struct_pack(rung := rung, can_wait := can_wait)) as last_rung,
        max(case when is_timely then rung end) as last_timely_rung
    from timely
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
        from timely
        where policy = 'all'
    ) as waiting
)

select
    timely.unit_key,
    timely.rung,
    timely.policy,
    case timely.policy
        when 'latest' then timely.rung = bounds.last_rung.rung
        when 'in_order' then timely.rung = bounds.first_rung
        when 'all' then true
        else timely.is_timely and timely.rung = bounds.last_timely_rung
    end as is_chosen,
    timely.policy = 'skip' and (not timely.is_timely or timely.rung <> bounds.last_timely_rung) as is_missed_now,
    case timely.policy
        when 'all' then overtaken.in_gap
        when 'latest' then bounds.last_rung.can_wait and timely.is_in_gap
        else timely.can_wait and timely.is_in_gap
    end as in_gap
from timely
inner join bounds
    on timely.unit_key = bounds.unit_key
left join overtaken
    on
        timely.unit_key = overtaken.unit_key
        and timely.rung = overtaken.rung
