-- One row: the countries and currencies of accounts that owe something, and the span of dates that steps count from.
-- Parameters: none.
with

owing as (
    select
        list(distinct accounts.currency) as currencies,
        list(distinct coalesce(accounts.country, company.default_country)) as countries
    from day_aging
    inner join accounts
        on day_aging.account_key = accounts.account_key
    cross join company
),

items as (
    select
        min(issue_date) as first_day,
        max(greatest(issue_date, due_date)) as last_day
    from day_items
),

carried as (
    select
        min(carried_out_on) as first_day,
        max(carried_out_on) as last_day
    from carried_out
)

select
    coalesce(owing.currencies, []) as currencies,
    coalesce(owing.countries, []) as countries,
    least(items.first_day, carried.first_day) as first_day,
    greatest(items.last_day, carried.last_day) as last_day
from owing
cross join items
cross join carried
