-- One row per enrolled unit: an account, or (scope invoice) an open item. It follows the version with which it
-- entered the cadence in this cycle; is_entering says that no earlier run day has seen it there.
-- Parameters: none.
with

accounts as (
    select
        account_cadences.customer_number,
        account_cadences.currency,
        account_cadences.cadence,
        current_cadences.version as current_version,
        current_cadences.scope
    from account_cadences
    inner join cadences as current_cadences
        on
            account_cadences.cadence = current_cadences.cadence
            and current_cadences.is_current
),

units as (
    select
        accounts.*,
        '' as invoice_reference,
        greatest(account_cycles.cycle_start, cycle_restarts.restarted_on) as cycle_start
    from accounts
    inner join account_cycles
        on
            accounts.customer_number = account_cycles.customer_number
            and accounts.currency = account_cycles.currency
    left join cycle_restarts
        on
            accounts.customer_number = cycle_restarts.customer_number
            and accounts.currency = cycle_restarts.currency
    where accounts.scope = 'account'
    union all by name
    select
        accounts.*,
        open_items.invoice_reference,
        open_items.issue_date as cycle_start
    from accounts
    inner join open_items
        on
            accounts.customer_number = open_items.customer_number
            and accounts.currency = open_items.currency
    where accounts.scope = 'invoice'
),

entered as (
    select
        units.customer_number,
        units.currency,
        units.invoice_reference,
        min_by(enrolments.version, enrolments.enrolled_on) as version
    from units
    inner join enrolments
        on
            units.customer_number = enrolments.customer_number
            and units.currency = enrolments.currency
            and units.invoice_reference = enrolments.invoice_reference
            and units.cadence = enrolments.cadence
            and units.cycle_start <= enrolments.enrolled_on
    group by units.customer_number, units.currency, units.invoice_reference
),

versioned as (
    select
        units.*,
        coalesce(entered.version, units.current_version) as version,
        entered.version is null as is_entering
    from units
    left join entered
        on
            units.customer_number = entered.customer_number
            and units.currency = entered.currency
            and units.invoice_reference = entered.invoice_reference
),

customers as (
    select
        customers.customer_number,
        coalesce(customers.country, company.default_country) as country
    from customers
    cross join company
)

select
    versioned.customer_number,
    versioned.currency,
    versioned.invoice_reference,
    versioned.cadence,
    versioned.version,
    versioned.scope,
    versioned.cycle_start,
    versioned.is_entering,
    case when cadences.skip_holidays then customers.country else '' end as holiday_country,
    cadences.late_entry,
    cadences.catch_up,
    cadences.min_gap_days,
    cadences.group_by,
    cadences.invoices as listed_invoices,
    cadence_thresholds.min_balance,
    cadence_thresholds.min_open
from versioned
inner join cadences
    on
        versioned.cadence = cadences.cadence
        and versioned.version = cadences.version
inner join customers
    on versioned.customer_number = customers.customer_number
inner join cadence_thresholds
    on
        versioned.cadence = cadence_thresholds.cadence
        and versioned.version = cadence_thresholds.version
        and versioned.currency = cadence_thresholds.currency
