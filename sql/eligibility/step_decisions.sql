-- One row per step considered for one enrolled unit on its planned day, and one per account that owes but is in no
-- cadence, with the verdict and a sentence that a credit controller understands.
-- Parameters: none.
with

considered as (
    select
        step_verdicts.*,
        units.day,
        units.account_key,
        units.customer_number,
        units.currency,
        units.invoice_reference,
        units.cadence,
        units.version as cadence_version,
        units.cycle_start,
        units.min_balance,
        facts.account_age_days,
        facts.past_due_age_days,
        facts.oldest_due_date,
        facts.last_rung_on,
        facts.last_contact_on,
        units.min_gap_days,
        facts.next_run_day,
        facts.oldest_issue_date is not null as has_counted_item,
        facts.chaseable_balance,
        facts.amount_past_due,
        facts.held_until,
        steps.step,
        steps.step_number,
        steps.clock,
        steps.channel,
        steps.repeat_every,
        case when step_thresholds.step_key is null then 0 else step_thresholds.min_past_due end as min_past_due
    from step_verdicts
    inner join units
        on step_verdicts.unit_key = units.unit_key
    inner join unit_facts as facts
        on step_verdicts.unit_key = facts.unit_key
    inner join steps
        on step_verdicts.step_key = steps.step_key
    left join step_thresholds
        on
            steps.step_key = step_thresholds.step_key
            and units.currency = step_thresholds.currency
),

explained as (
    select
        *,
        case
            when verdict in ('act', 'no_contact', 'opted_out', 'stale_extract')
                then concat(
                    case
                        when is_repeating
                            then
                                concat(
                                    'Due again since ',
                                    cast(repeat_due_date as varchar),
                                    ', ',
                                    repeat_every,
                                    ' days after it was last done'
                                )
                        when clock = 'account_age'
                            then
                                concat(
                                    'Due since ',
                                    cast(due_date as varchar),
                                    ': the oldest invoice is ',
                                    account_age_days,
                                    ' days old'
                                )
                        when clock = 'past_due_age' and past_due_age_days > 0
                            then
                                concat(
                                    'Due since ',
                                    cast(due_date as varchar),
                                    ': the oldest invoice is ',
                                    past_due_age_days,
                                    ' days past due'
                                )
                        when clock = 'past_due_age'
                            then
                                concat(
                                    'Due since ',
                                    cast(due_date as varchar),
                                    ': the oldest invoice falls due on ',
                                    cast(oldest_due_date as varchar)
                                )
                        else
                            concat(
                                'Due since ',
                                cast(due_date as varchar),
                                ': the step before was done on ',
                                cast(last_rung_on as varchar)
                            )
                    end,
                    case verdict
                        when 'act' then '.'
                        when 'no_contact'
                            then
                                concat(
                                    ', but no contact has what the channel ',
                                    channel,
                                    ' needs; somebody must mend the contact.'
                                )
                        when 'opted_out'
                            then
                                concat(
                                    ', but every contact has opted out of ',
                                    channel,
                                    '; somebody must find another way.'
                                )
                        else ', but the newest extract is too old: nothing is sent until a newer one is there.'
                    end
                )
            when verdict = 'done'
                then
                    concat(
                        'Done on ', cast(last_carried_out_on as varchar),
                        case
                            when can_repeat then concat('; again from ', cast(repeat_due_date as varchar), ' on.')
                            else '.'
                        end
                    )
            when verdict = 'superseded' then 'A later step takes its place.'
            when verdict = 'missed'
                then
                    case
                        when is_before_due then 'It was to come before the due date, which has passed.'
                        else 'Its day has passed.'
                    end
            when verdict = 'waiting_gap'
                then
                    concat(
                        'Waits: the last contact was on ', coalesce(cast(last_contact_on as varchar), 'this day'),
                        ' and ', min_gap_days, ' days must lie between two.'
                    )
            when verdict = 'waiting_run_day'
                then
                    concat(
                        'Waits for the next day on which the cadence runs',
                        coalesce(', ' || cast(next_run_day as varchar), ''), '.'
                    )
            when verdict = 'below_minimum'
                then
                    case
                        when min_balance is null then concat('This cadence does not chase ', currency, '.')
                        when min_past_due is null then concat('This step does not chase ', currency, '.')
                        when not has_counted_item then 'No open item is as large as the cadence''s minimum.'
                        when chaseable_balance <= 0 then 'Credits cover what could be chased.'
                        when chaseable_balance < min_balance
                            then
                                concat(
                                    'The chaseable balance of ',
                                    chaseable_balance,
                                    ' ',
                                    currency,
                                    ' is below the minimum of ',
                                    min_balance,
                                    '.'
                                )
                        else concat(
                            'The amount past due of ',
                            amount_past_due,
                            ' ',
                            currency,
                            ' is below the step''s minimum of ',
                            min_past_due,
                            '.'
                        )
                    end
            when verdict = 'promise'
                then concat('Payment is promised', coalesce(' until ' || cast(held_until as varchar), ''), '.')
            when verdict = 'paused'
                then concat('Chasing is paused', coalesce(' until ' || cast(held_until as varchar), ''), '.')
            when verdict = 'disputed' then 'What is open is disputed.'
            when verdict = 'do_not_chase' then 'This customer is not to be chased.'
            when verdict = 'autopay' then 'What is open is collected automatically.'
            when due_date is not null and not is_behind_others
                then concat('Comes due on ', cast(due_date as varchar), '.')
            when clock = 'past_due_age' then 'No open invoice has a due date.'
            else 'Comes after the steps before it.'
        end as sentence
    from considered
),

without_unit as (
    -- accounts that owe something and climb no cadence
    select
        account_aging.day,
        account_aging.account_key,
        account_aging.customer_number,
        account_aging.currency,
        account_aging.open_item_count
    from account_aging
    left join account_cadences
        on
            account_aging.account_key = account_cadences.account_key
            and account_aging.day = account_cadences.day
    where account_aging.balance > 0 and account_cadences.cadence is null
)

select
    day,
    unit_key,
    step_key,
    account_key,
    customer_number,
    currency,
    invoice_reference,
    cadence,
    cadence_version,
    cycle_start,
    step,
    step_number,
    rung,
    channel,
    case
        when can_repeat then repeat_due_date
        when not is_carried_out and not is_behind_others then due_date
    end as step_due_date,
    case when can_repeat then last_repetition + 1 when is_carried_out then last_repetition else 0 end as repetition,
    is_before_due,
    verdict,
    sentence
from explained
union all
select
    day,
    null as unit_key,
    null as step_key,
    account_key,
    customer_number,
    currency,
    '' as invoice_reference,
    null as cadence,
    null as cadence_version,
    null as cycle_start,
    null as step,
    null as step_number,
    null as rung,
    null as channel,
    null as step_due_date,
    null as repetition,
    null as is_before_due,
    case when open_item_count = 0 then 'below_minimum' else 'not_enrolled' end as verdict,
    case
        when open_item_count = 0 then 'No invoice is open: refunds or reversals alone make up the balance.'
        else 'No rule and no enrolment puts this account into a cadence.'
    end as sentence
from without_unit
