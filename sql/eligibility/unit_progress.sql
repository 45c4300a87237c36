-- One row per step of a unit's cadence that was carried out in this cycle: how often and when last.
-- An activity on or after the first day of the cycle is of this cycle.
-- Parameters: none.
with

units as (
    select * from units
),

in_cycle as (
    select
        units.customer_number,
        units.currency,
        units.invoice_reference,
        units.cadence,
        units.version,
        carried_out.step,
        carried_out.repetition,
        carried_out.carried_out_on
    from units
    inner join carried_out
        on
            units.customer_number = carried_out.customer_number
            and units.currency = carried_out.currency
            and units.invoice_reference = carried_out.invoice_reference
            and units.cadence = carried_out.cadence
            and units.cycle_start <= carried_out.carried_out_on
)

select
    in_cycle.customer_number,
    in_cycle.currency,
    in_cycle.invoice_reference,
    steps.step_number,
    steps.rung,
    in_cycle.step,
    max(in_cycle.repetition) as last_repetition,
    max(in_cycle.carried_out_on) as last_carried_out_on,
    dense_rank() over (
        partition by in_cycle.customer_number, in_cycle.currency, in_cycle.invoice_reference
        order by steps.rung desc
    ) = 1 as is_last_rung
from in_cycle
inner join steps
    on
        in_cycle.cadence = steps.cadence
        and in_cycle.version = steps.version
        and in_cycle.step = steps.step
group by
    in_cycle.customer_number,
    in_cycle.currency,
    in_cycle.invoice_reference,
    steps.step_number,
    steps.rung,
    in_cycle.step
