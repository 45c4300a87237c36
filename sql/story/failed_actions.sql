-- One row per activity that says that an action failed, bounced, was cancelled or is in doubt, without what names a
-- person: the verdict of the day it was planned says whether a contact is missing.
-- Parameters: none.
select
    activity_log.activity_date as day,
    activity_log.kind,
    activity_log.channel,
    activity_log.cadence,
    activity_log.step,
    activity_log.customer_number,
    activity_log.currency,
    max(step_decisions.verdict) as verdict
from activity_log
left join step_decisions
    on
        activity_log.activity_date = step_decisions.day
        and activity_log.customer_number = step_decisions.customer_number
        and activity_log.currency = step_decisions.currency
        and activity_log.cadence = step_decisions.cadence
        and activity_log.step = step_decisions.step
        and step_decisions.verdict in ('no_contact', 'opted_out')
where activity_log.kind in ('failed', 'bounced', 'cancelled', 'in_doubt') and activity_log.action_id is not null
group by
    activity_log.activity_date,
    activity_log.kind,
    activity_log.channel,
    activity_log.cadence,
    activity_log.step,
    activity_log.customer_number,
    activity_log.currency
order by day, activity_log.kind, activity_log.channel, activity_log.customer_number, activity_log.currency
