-- One row per planned day and enrolled unit: an account, or (scope invoice) an open item. It follows the version with
-- which it entered the cadence in this cycle; is_entering says that no earlier run day has seen it there. unit_key is
-- the number of the row.
-- Parameters: none.
with

accounts as (
    select
        account_cadences.day,
        account_cadences.account_key,
        account_cadences.customer_number,
        account_cadences.currency,
        account_cadences.holiday_country,
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
            accounts.account_key = account_cycles.account_key
            and accounts.day = account_cycles.day
    left join cycle_restarts
        on
            accounts.account_key = cycle_restarts.account_key
            and accounts.day = cycle_restarts.day
    where accounts.scope = 'account'
    union all by name
    select
        accounts.*,
        open_items.invoice_reference,
        open_items.issue_date as cycle_start
    from accounts
    inner join open_items
        on
            accounts.account_key = open_items.account_key
            and accounts.day = open_items.day
    where accounts.scope = 'invoice'
),

entered as (
    select
        units.day,
        units.account_key,
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
            and units.day > enrolments.enrolled_on
    group by units.day, units.account_key, units.invoice_reference
),

versioned as (
    select
        units.* exclude (current_version),
        coalesce(entered.version, units.current_version) as version,
        entered.version is null as is_entering
    from units
    left join entered
        on
            units.account_key = entered.account_key
            and units.day = entered.day
            and units.invoice_reference = entered.invoice_reference
)

select
    row_number() over (order by versioned.day, versioned.account_key, versioned.invoice_reference) as unit_key,
    versioned.* exclude (holiday_country),
    case when cadences.skip_holidays then versioned.holiday_country else '' end as holiday_country,
    cadences.cadence_key,
    cadence_thresholds.min_balance,
    cadence_thresholds.min_open
from versioned
inner join cadences
    on
        versioned.cadence = cadences.cadence
        and versioned.version = cadences.version
inner join cadence_thresholds
    on
        cadences.cadence_key = cadence_thresholds.cadence_key
        and versioned.currency = cadence_thresholds.currency
