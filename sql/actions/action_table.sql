-- One row per action that is due on its planned day.
-- Parameters: none.
with

actions as (
    select
        action_id,
        day,
        account_key,
        any_value(customer_number) as customer_number,
        any_value(currency) as currency,
        any_value(scope) as scope,
        any_value(cadence) as cadence,
        any_value(cadence_version) as cadence_version,
        any_value(cadence_key) as cadence_key,
        any_value(case when leads then unit_key end) as unit_key,
        min(cycle_start) as cycle_start,
        any_value(case when leads then step end) as step,
        any_value(case when leads then step_key end) as step_key,
        max(step_number) as step_number,
        min(repetition) as repetition,
        min(case when leads then step_due_date end) as step_due_date,
        max(case when leads then sentence end) as sentence
    from action_units
    group by action_id, day, account_key
),

held_actions as (
    select distinct
        action_units.action_id,
        action_units.day
    from action_units
    inner join held_steps
        on
            action_units.day = held_steps.day
            and action_units.unit_step_id = held_steps.unit_step_id
),

acting_units as (
    select distinct
        action_units.action_id,
        action_units.day,
        action_units.account_key,
        units.span_key,
        action_units.scope = 'account' and action_units.listed_invoices = 'overdue' as lists_overdue,
        units.min_open
    from action_units
    inner join units
        on action_units.unit_key = units.unit_key
),

summed as (
    select
        acting_units.action_id,
        acting_units.day,
        sum(items.open_amount) as open_amount,
        sum(case when items.days_past_due > 0 then items.open_amount else 0 end) as amount_past_due,
        date_diff('day', min(items.issue_date), acting_units.day) as account_age_days,
        date_diff('day', min(items.due_date), acting_units.day) as past_due_age_days,
        list_sort(
            list(
                struct_pack(
                    issue_date := items.issue_date,
                    due_date := coalesce(items.due_date, date '9999-12-31'),
                    item_reference := written.invoice_reference
                )
            ) filter (where not acting_units.lists_overdue or items.days_past_due > 0)
        ) as items
    from acting_units
    inner join day_items as items
        on
            acting_units.account_key = items.account_key
            and acting_units.day = items.day
            and (acting_units.span_key is null or acting_units.span_key = items.span_key)
            and acting_units.min_open <= items.open_amount
    inner join item_history as written
        on items.span_key = written.span_key
    where items.block_weight = 9
    group by acting_units.action_id, acting_units.day
),

listed as (
    select
        * exclude (items),
        coalesce(list_transform(items, lambda item: item.item_reference), []) as invoice_numbers
    from summed
),

detailed as (
    select
        actions.*,
        listed.open_amount,
        listed.amount_past_due,
        listed.account_age_days,
        listed.past_due_age_days,
        listed.invoice_numbers,
        steps.channel,
        case
            when array_length(listed.invoice_numbers) > 1 then coalesce(steps.multi_template, steps.template)
            else steps.template
        end as template,
        steps.assign_to,
        facts.chaseable_balance,
        accounts.name as customer_name,
        coalesce(accounts.language, company.language) as language,
        coalesce(time_zones.name, company.timezone) as customer_timezone,
        company.timezone as company_timezone,
        company.contact_from,
        company.contact_until,
        cadences.run_at,
        cadences.run_timezone,
        candidates.contact_name,
        candidates.recipient,
        held_actions.action_id is not null as is_held,
        coalesce(country_prices.cost, other_prices.cost) as estimated_cost,
        coalesce(country_prices.currency, other_prices.currency) as cost_currency
    from actions
    inner join listed
        on
            actions.action_id = listed.action_id
            and actions.day = listed.day
    inner join steps
        on actions.step_key = steps.step_key
    inner join cadences
        on actions.cadence_key = cadences.cadence_key
    inner join unit_facts as facts
        on actions.unit_key = facts.unit_key
    inner join acting_candidates as candidates
        on
            actions.unit_key = candidates.unit_key
            and actions.step_key = candidates.step_key
    inner join accounts
        on actions.account_key = accounts.account_key
    cross join company
    left join held_actions
        on
            actions.action_id = held_actions.action_id
            and actions.day = held_actions.day
    left join time_zones
        on accounts.timezone = time_zones.name
    left join prices as country_prices
        on
            steps.channel = country_prices.channel
            and accounts.country = country_prices.country
    left join prices as other_prices
        on
            steps.channel = other_prices.channel
            and other_prices.country = 'default'
)

select
    action_id,
    day as action_date,
    scope,
    customer_number,
    customer_name,
    currency,
    cadence,
    cadence_version,
    cycle_start,
    step,
    step_number,
    repetition,
    channel,
    template,
    language,
    contact_name,
    recipient,
    invoice_numbers,
    array_length(invoice_numbers) as invoice_count,
    case when scope = 'account' then chaseable_balance else open_amount end as balance,
    amount_past_due,
    account_age_days,
    past_due_age_days,
    step_due_date,
    greatest(
        timezone(
            case run_timezone
                when 'company' then company_timezone
                when 'customer' then customer_timezone
                else run_timezone
            end,
            cast(concat(day, ' ', run_at) as timestamp)
        ),
        case
            when channel in ('sms', 'auto_call')
                then timezone(customer_timezone, cast(concat(day, ' ', contact_from) as timestamp))
        end
    ) as not_before,
    case
        when channel in ('sms', 'auto_call')
            then timezone(customer_timezone, cast(concat(day, ' ', contact_until) as timestamp))
    end as not_after,
    case
        when recipient is null then 'unreachable'
        when is_held then 'held'
        when channel in ('phone_call', 'escalate') then 'todo'
        else 'ready'
    end as status,
    case when channel in ('phone_call', 'escalate') then assign_to end as assigned_to,
    case when recipient is not null then estimated_cost end as estimated_cost,
    case when recipient is not null and estimated_cost is not null then cost_currency end as cost_currency,
    concat('Step ', step, ' of cadence ', cadence, '. ', sentence) as reason
from detailed
