-- One row per planned day and step of a unit that waits until somebody releases it. first_run: what its version planned
-- on the first run day on which it planned anything is held, and stays so; what comes later is not.
-- Parameters: none.
select
    acting_steps.day,
    acting_steps.unit_step_id
from acting_steps
inner join steps
    on acting_steps.step_key = steps.step_key
left join approvals
    on
        acting_steps.unit_step_id = approvals.unit_step_id
        and acting_steps.day >= approvals.held_on
left join first_actions
    on
        acting_steps.cadence = first_actions.cadence
        and acting_steps.cadence_version = first_actions.version
        and acting_steps.day > first_actions.first_action_on
where
    (
        steps.approve = 'always'
        or (steps.approve = 'first_run' and (approvals.held_on is not null or first_actions.version is null))
    )
    and coalesce(acting_steps.day < approvals.released_on, true)
