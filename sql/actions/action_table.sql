-- One row per action that is due on the day.
-- Parameters: as_of.
with

actions as (
    select
        action_id,
        any_value(scope) as scope,
        any_value(customer_number) as customer_number,
        any_value(currency) as currency,
        any_value(cadence) as cadence,
        any_value(cadence_version) as cadence_version,
        min(cycle_start) as cycle_start,
        any_value(case when leads then step end) as step,
        max(step_number) as step_number,
        min(repetition) as repetition,
        min(case when leads then step_due_date end) as step_due_date,
        any_value(listed_invoices) as listed_invoices,
        max(case when leads then sentence end) as sentence
    from action_units
    group by action_id
),

members as (
    select distinct
        action_units.action_id,
        unit_items.item_reference,
        unit_items.issue_date,
        unit_items.due_date,
        unit_items.open_amount,
        unit_items.days_past_due,
        action_units.scope = 'invoice'
        or action_units.listed_invoices = 'open'
        or coalesce(unit_items.days_past_due > 0, false) as is_listed
    from action_units
    inner join unit_items
        on
            action_units.customer_number = unit_items.customer_number
            and action_units.currency = unit_items.currency
            and action_units.invoice_reference = unit_items.invoice_reference
    where unit_items.is_counted
),

summed as (
    select
        action_id,
        sum(open_amount) as open_amount,
        sum(case when days_past_due > 0 then open_amount else 0 end) as amount_past_due,
        date_diff('day', min(issue_date), cast($as_of as date)) as account_age_days,
        date_diff('day', min(due_date), cast($as_of as date)) as past_due_age_days,
        list_sort(
            list(
                case
                    when is_listed
                        then struct_pack(
                            issue_date := issue_date,
                            due_date := coalesce(due_date, date '9999-12-31'),
                            item_reference := item_reference
                        )
                end
            )
        ) as items
    from members
    group by action_id
),

listed as (
    select
        * exclude (items),
        list_transform(list_filter(items, lambda item: item is not null), lambda item: item.item_reference)
            as invoice_numbers
    from summed
),

account_facts as (
    select
        customer_number,
        currency,
        any_value(chaseable_balance) as chaseable_balance
    from unit_facts
    group by customer_number, currency
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
        account_facts.chaseable_balance,
        customers.name as customer_name,
        customers.country,
        coalesce(customers.language, company.language) as language,
        coalesce(time_zones.name, company.timezone) as customer_timezone,
        company.timezone as company_timezone,
        company.contact_from,
        cadences.run_at,
        cadences.run_timezone,
        reachability.contact_name,
        case when steps.channel = 'escalate' then steps.assign_to else reachability.recipient end as recipient,
        coalesce(country_prices.cost, other_prices.cost) as estimated_cost,
        coalesce(country_prices.currency, other_prices.currency) as cost_currency
    from actions
    inner join listed
        on actions.action_id = listed.action_id
    inner join steps
        on
            actions.cadence = steps.cadence
            and actions.cadence_version = steps.version
            and actions.step_number = steps.step_number
    inner join cadences
        on
            actions.cadence = cadences.cadence
            and actions.cadence_version = cadences.version
    inner join account_facts
        on
            actions.customer_number = account_facts.customer_number
            and actions.currency = account_facts.currency
    inner join customers
        on actions.customer_number = customers.customer_number
    cross join company
    left join time_zones
        on customers.timezone = time_zones.name
    left join reachability
        on
            actions.customer_number = reachability.customer_number
            and steps.channel = reachability.channel
    left join prices as country_prices
        on
            steps.channel = country_prices.channel
            and customers.country = country_prices.country
    left join prices as other_prices
        on
            steps.channel = other_prices.channel
            and other_prices.country = 'default'
)

select
    action_id,
    cast($as_of as date) as action_date,
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
            cast(concat(cast($as_of as date), ' ', run_at) as timestamp)
        ),
        case
            when channel in ('sms', 'auto_call')
                then timezone(customer_timezone, cast(concat(cast($as_of as date), ' ', contact_from) as timestamp))
        end
    ) as not_before,
    case
        when recipient is null then 'unreachable'
        when channel in ('phone_call', 'escalate') then 'todo'
        else 'ready'
    end as status,
    case when channel in ('phone_call', 'escalate') then assign_to end as assigned_to,
    case when recipient is not null then estimated_cost end as estimated_cost,
    case when recipient is not null and estimated_cost is not null then cost_currency end as cost_currency,
    concat('Step ', step, ' of cadence ', cadence, '. ', sentence) as reason
from detailed
