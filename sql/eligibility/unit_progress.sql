-- One row per unit and step of the last rung carried out in this cycle: how often and when last. Steps of later rungs
-- were not, and earlier ones don't matter any more.
-- Parameters: none.
select
    unit_activities.unit_key,
    unit_activities.step_key,
    max(unit_activities.repetition) as last_repetition,
    max(unit_activities.carried_out_on) as last_carried_out_on
from unit_activities
inner join unit_facts
    on
        unit_activities.unit_key = unit_facts.unit_key
        and unit_activities.rung = unit_facts.last_rung
group by unit_activities.unit_key, unit_activities.step_key
