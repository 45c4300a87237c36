-- One row per customer, with the habits and places that its invoices, contacts and cadence follow from.
-- Salts 1 to 29.
create table customers as
with

drawn as (
    select
        range as customer,
        draw(range, 1, 100) as currency_draw,
        draw(range, 2, 100) as terms_draw,
        draw(range, 3, 100) as habit_draw,
        draw(range, 4, 100) as second_currency_draw,
        draw(range, 5, 5) as euro_country,
        draw(range, 6, 1000) as never_chased_draw,
        draw(range, 7, 100) as autopay_draw,
        draw(range, 8, 10) as owner
    from range(getvariable('customer_count'))
),

placed as (
    select
        *,
        case when currency_draw < 60 then 'EUR' when currency_draw < 85 then 'GBP' else 'USD' end as currency,
        case
            when currency_draw < 60 then list_extract(['DE', 'FR', 'ES', 'IE', 'AT'], euro_country + 1)
            when currency_draw < 85 then 'GB'
            else 'US'
        end as country,
        case
            when terms_draw < 50 then 'NET 30'
            when terms_draw < 70 then 'NET 60'
            when terms_draw < 88 then 'NET 14'
            when terms_draw < 95 then 'DUE ON RECEIPT'
            else 'NET 45'
        end as payment_terms
    from drawn
)

select
    customer,
    concat('C', lpad(cast(customer as varchar), 8, '0')) as customer_number,
    currency,
    case
        when second_currency_draw >= 3 then currency
        when currency = 'EUR' then 'USD'
        else 'EUR'
    end as second_currency,
    country,
    case country
        when 'DE' then 'de'
        when 'AT' then 'de'
        when 'FR' then 'fr'
        when 'ES' then 'es'
        else 'en'
    end as language,
    case country
        when 'DE' then 'Europe/Berlin'
        when 'AT' then 'Europe/Vienna'
        when 'FR' then 'Europe/Paris'
        when 'ES' then 'Europe/Madrid'
        when 'IE' then 'Europe/Dublin'
        when 'GB' then 'Europe/London'
        else 'America/New_York'
    end as timezone,
    payment_terms,
    case payment_terms
        when 'NET 30' then 30
        when 'NET 60' then 60
        when 'NET 14' then 14
        when 'NET 45' then 45
        else 0
    end as term_days,
    case when habit_draw < 52 then 'prompt' when habit_draw < 82 then 'slow' else 'late' end as habit,
    never_chased_draw >= 5 as chase,
    autopay_draw < 2 as autopay,
    concat('owner', owner, '@harbour-vale.example') as owner
from placed;
