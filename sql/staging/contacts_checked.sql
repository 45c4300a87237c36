-- One row per row of the contacts files, typed, with what is wrong with it (column_name, value, reason) or null.
-- Parameters: none.
with

raw as (
    select * from raw_contacts
),

customers as (
    select customer_number from customers
),

trimmed as (
    select
        source_file,
        source_row,
        nullif(trim(customer_number), '') as customer_number,
        nullif(trim(name), '') as name,
        nullif(trim(role), '') as role,
        nullif(trim(email), '') as email,
        nullif(trim(phone), '') as phone,
        nullif(trim(mobile), '') as mobile,
        nullif(trim(is_primary), '') as is_primary_text,
        nullif(trim(email_opt_out), '') as email_opt_out_text,
        nullif(trim(sms_opt_out), '') as sms_opt_out_text,
        nullif(trim(call_opt_out), '') as call_opt_out_text
    from raw
),

typed as (
    select
        trimmed.*,
        customers.customer_number is not null as is_known,
        try_cast(trimmed.is_primary_text as boolean) as is_primary,
        try_cast(trimmed.email_opt_out_text as boolean) as email_opt_out,
        try_cast(trimmed.sms_opt_out_text as boolean) as sms_opt_out,
        try_cast(trimmed.call_opt_out_text as boolean) as call_opt_out
    from trimmed
    left join customers
        on trimmed.customer_number = customers.customer_number
),

checked as (
    select
        *,
        case
            when customer_number is null or not is_known then 'customer_number'
            when is_primary_text is not null and is_primary is null then 'is_primary'
            when email_opt_out_text is not null and email_opt_out is null then 'email_opt_out'
            when sms_opt_out_text is not null and sms_opt_out is null then 'sms_opt_out'
            when call_opt_out_text is not null and call_opt_out is null then 'call_opt_out'
        end as column_name
    from typed
)

select
    source_file,
    source_row,
    customer_number,
    name,
    role,
    email,
    phone,
    mobile,
    coalesce(is_primary, false) as is_primary,
    coalesce(email_opt_out, false) as email_opt_out,
    coalesce(sms_opt_out, false) as sms_opt_out,
    coalesce(call_opt_out, false) as call_opt_out,
    column_name,
    case column_name
        when 'customer_number' then customer_number
        when 'is_primary' then is_primary_text
        when 'email_opt_out' then email_opt_out_text
        when 'sms_opt_out' then sms_opt_out_text
        when 'call_opt_out' then call_opt_out_text
    end as value,
    case
        when column_name = 'customer_number' and customer_number is null then 'the contact names no customer'
        when column_name = 'customer_number' then 'unknown customer: no usable row of customers has this number'
        when column_name is not null then 'not readable as true or false'
    end as reason
from checked
