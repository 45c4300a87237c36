-- One row per activity of a unit before the day that still matters: its steps carried out in this cycle (step_key and
-- rung; null for any other), and contacts in whatever cycle within min_gap_days. An activity on or after the first day
-- of the cycle is of this cycle.
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
        done.step,
        done.repetition,
        done.carried_out_on,
        case when done.is_contact then done.carried_out_on end as contact_on,
        case
            when done.cadence = units.cadence and done.carried_out_on >= units.cycle_start then units.cadence_key
        end as cadence_key
    from units
    inner join done
        on
            units.customer_number = done.customer_number
            and units.currency = done.currency
            and units.invoice_reference = done.invoice_reference
            and units.day > done.carried_out_on
            and done.carried_out_on >= least(units.cycle_start, units.day - units.min_gap_days)
)

select
    activities.unit_key,
    activities.repetition,
    activities.carried_out_on,
    activities.contact_on,
    steps.step_key,
    steps.rung
from activities
left join steps
    on
        activities.cadence_key = steps.cadence_key
        and activities.step = steps.step
