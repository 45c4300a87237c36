-- One row per row of the customers files, typed, with what is wrong with it (column_name, value, reason) or null.
-- The first usable row of a customer counts; later ones are duplicates.
-- Parameters: none.
with

raw as (
    select * from raw_customers
),

trimmed as (
    select
        source_file,
        source_row,
        nullif(trim(customer_number), '') as customer_number,
        nullif(trim(name), '') as name,
        nullif(trim(address1), '') as address1,
        nullif(trim(address2), '') as address2,
        nullif(trim(city), '') as city,
        nullif(trim(state), '') as state,
        nullif(trim(postal_code), '') as postal_code,
        upper(nullif(trim(country), '')) as country,
        nullif(trim(payment_terms), '') as payment_terms,
        nullif(trim(language), '') as language,
        nullif(trim(timezone), '') as timezone,
        nullif(trim(chase), '') as chase_text,
        nullif(trim(autopay), '') as autopay_text,
        nullif(trim(owner), '') as owner,
        nullif(trim(portal_url), '') as portal_url
    from raw
),

typed as (
    select
        *,
        try_cast(chase_text as boolean) as chase,
        try_cast(autopay_text as boolean) as autopay
    from trimmed
),

judged as (
    select
        *,
        case
            when customer_number is null then 'customer_number'
            when name is null then 'name'
            when chase_text is not null and chase is null then 'chase'
            when autopay_text is not null and autopay is null then 'autopay'
        end as faulty_column
    from typed
),

counted as (
    select
        *,
        row_number() over (
            partition by customer_number, faulty_column is null
            order by source_file, source_row
        ) as occurrence
    from judged
),

checked as (
    select
        *,
        coalesce(faulty_column, case when occurrence > 1 then 'customer_number' end) as column_name
    from counted
)

select
    source_file,
    source_row,
    customer_number,
    name,
    address1,
    address2,
    city,
    state,
    postal_code,
    country,
    payment_terms,
    language,
    timezone,
    coalesce(chase, true) as chase,
    coalesce(autopay, false) as autopay,
    owner,
    portal_url,
    column_name,
    case column_name
        when 'customer_number' then customer_number
        when 'chase' then chase_text
        when 'autopay' then autopay_text
    end as value,
    case
        when column_name = 'customer_number' and customer_number is null then 'the customer has no number'
        when column_name = 'customer_number' then 'duplicate key: an earlier row has this customer_number'
        when column_name = 'name' then 'the customer has no name'
        when column_name is not null then 'not readable as true or false'
    end as reason
from checked
