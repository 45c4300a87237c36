-- One row per planned day and enrolled unit: an account, or (scope invoice) an open item. It follows the version with
-- which it entered the cadence in this cycle; is_entering says that no earlier run day has seen it there. span_key is
-- that of the item's span (null: an account). unit_key is put together of the day and the unit's own key, for numbering
-- the rows would sort them.
-- Parameters: none.
with

accounts as (
    select
        account_cadences.day,
        account_cadences.account_key,
        account_cadences.customer_number,
        account_cadences.currency,
        account_cadences.holiday_country,
        account_cadences.unapplied_credit,
        account_cadences.cadence,
        current_cadences.version as current_version,
        current_cadences.scope
    from account_cadences
    inner join cadences as current_cadences
        on
            account_cadences.cadence = current_cadences.cadence
            and current_cadences.is_current
),

climbers as (
    select
        accounts.*,
        cast(null as bigint) as span_key,
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
        items.span_key,
        written.invoice_reference,
        items.issue_date as cycle_start
    from accounts
    inner join day_items as items
        on
            accounts.account_key = items.account_key
            and accounts.day = items.day
    inner join item_history as written
        on items.span_key = written.span_key
    where accounts.scope = 'invoice'
),

units as (
    select
        (date_diff('day', date '1970-01-01', day) * 2 + case when span_key is null then 0 else 1 end) * 1099511627776
        + coalesce(span_key, account_key) as unit_key,
        *
    from climbers
),

entered as (
    select
        units.unit_key,
        min(struct_pack(enrolled_on := enrolments.enrolled_on, version := enrolments.version)) as first_entry
    from units
    inner join enrolments
        on
            units.customer_number = enrolments.customer_number
            and units.currency = enrolments.currency
            and units.invoice_reference = enrolments.invoice_reference
            and units.cadence = enrolments.cadence
            and units.cycle_start <= enrolments.enrolled_on
            and units.day > enrolments.enrolled_on
    group by units.unit_key
),

versioned as (
    select
        units.* exclude (current_version),
        coalesce(entered.first_entry.version, units.current_version) as version,
        entered.unit_key is null as is_entering
    from units
    left join entered
        on units.unit_key = entered.unit_key
)

select
    versioned.* exclude (holiday_country),
    case when cadences.skip_holidays then versioned.holiday_country else '' end as holiday_country,
    cadences.cadence_key,
    cadences.min_gap_days,
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
