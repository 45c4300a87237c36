-- One row per unit and step of its cadence that was carried out before the day in this cycle: how often and when
-- last; with step_number 0 the other activities of the unit. last_contact_on: the last contact among them, whatever
-- the cycle. An activity on or after the first day of the cycle is of this cycle.
-- Parameters: last_day.
with

done as (
    select *
    from carried_out
    where carried_out_on < $last_day
),

activities as (
    select
        units.unit_key,
        units.cadence_key,
        done.step,
        done.repetition,
        done.carried_out_on,
        case when done.is_contact then done.carried_out_on end as contact_on,
        done.cadence = units.cadence and done.carried_out_on >= units.cycle_start as is_in_cycle
    from units
    inner join done
        on
            units.customer_number = done.customer_number
            and units.currency = done.currency
            and units.invoice_reference = done.invoice_reference
            and units.day > done.carried_out_on
)

select
    activities.unit_key,
    coalesce(steps.step_key, 0) as step_key,
    coalesce(steps.rung, 0) as rung,
    max(activities.repetition) as last_repetition,
    max(activities.carried_out_on) as last_carried_out_on,
    max(activities.contact_on) as last_contact_on
from activities
left join steps
    on
        activities.cadence_key = steps.cadence_key
        and activities.step = steps.step
        and activities.is_in_cycle
group by activities.unit_key, coalesce(steps.step_key, 0), coalesce(steps.rung, 0)
