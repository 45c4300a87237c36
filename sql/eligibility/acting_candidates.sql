-- One row per step of a unit that may act: it is pending (due, its own minimum reached) or can be repeated. Whom it
-- reaches and where, null where it reaches nobody, and whether that is because every contact has opted out.
-- Parameters: none.
with

candidates as (
    select
        unit_steps.unit_key,
        unit_steps.step_key,
        unit_steps.rung,
        unit_steps.due_date,
        unit_steps.is_due and unit_steps.has_enough_past_due as is_pending,
        unit_steps.is_carried_out
        and unit_steps.is_of_last_rung
        and steps.repeat_every is not null
        and coalesce(unit_steps.last_repetition < steps.repeat_limit, true) as can_repeat,
        unit_steps.last_carried_out_on + steps.repeat_every as repeat_due_date,
        unit_steps.has_enough_past_due,
        steps.channel,
        steps.assign_to
    from unit_steps
    inner join steps
        on unit_steps.step_key = steps.step_key
)

select
    candidates.* exclude (assign_to),
    case candidates.channel
        when 'email' then ways.email_contact
        when 'sms' then ways.sms_contact
        when 'letter' then ways.letter_contact
        when 'escalate' then null
        else ways.call_contact
    end as contact_name,
    case candidates.channel
        when 'email' then ways.email_recipient
        when 'sms' then ways.sms_recipient
        when 'letter' then ways.letter_recipient
        when 'escalate' then candidates.assign_to
        else ways.call_recipient
    end as recipient,
    coalesce(
        case candidates.channel
            when 'email' then ways.email_opted_out
            when 'sms' then ways.sms_opted_out
            when 'phone_call' then ways.call_opted_out
            when 'auto_call' then ways.call_opted_out
        end,
        false
    ) as has_opted_out
from candidates
inner join units
    on candidates.unit_key = units.unit_key
left join ways_to_reach as ways
    on units.customer_number = ways.customer_number
where candidates.is_pending or candidates.can_repeat
