-- One row per judged day: how many actions it plans, and how many the published days of the 30 days before it planned,
-- of the same weekday and of all. is_usual: a day with actions lies between a third of the fewest and three times the
-- most that a day with actions had; a day without any follows weekdays of which one had none. Fewer than three known
-- days say nothing.
-- Parameters: none.
with

known as (
    select
        judged.day,
        earlier.action_count,
        date_diff('day', earlier.day, judged.day) % 7 = 0 as is_same_weekday
    from planned_counts as judged
    inner join planned_counts as earlier
        on
            judged.day > earlier.day
            and date_diff('day', earlier.day, judged.day) <= 30
    where judged.is_judged
),

usual as (
    select
        day,
        min(case when action_count > 0 then action_count end) as fewest,
        max(action_count) as most,
        count(case when action_count > 0 then 1 end) as known_days,
        count(case when is_same_weekday then 1 end) as known_weekdays,
        min(case when is_same_weekday then action_count end) as fewest_of_weekday
    from known
    group by day
)

select
    judged.day,
    judged.action_count,
    usual.fewest,
    usual.most,
    coalesce(
        case
            when judged.action_count = 0 then usual.known_weekdays < 3 or usual.fewest_of_weekday = 0
            when usual.known_days < 3 then true
            else judged.action_count * 3 >= usual.fewest and judged.action_count <= usual.most * 3
        end,
        true
    ) as is_usual
from planned_counts as judged
left join usual
    on judged.day = usual.day
where judged.is_judged
order by judged.day
