-- One row per customer with an enrolled unit and channel: whom it goes to and where, null where nobody can be
-- reached, and whether that is because of an opt-out.
-- The primary contact if it has what the channel needs and has not opted out, else the first contact that does.
-- Parameters: none.
with

wanted as (
    select distinct customer_number from units
),

people as (
    select contacts.*
    from contacts
    inner join wanted
        on contacts.customer_number = wanted.customer_number
),

ways as (
    select
        customer_number,
        'email' as channel,
        email as address,
        email_opt_out as has_opted_out,
        name,
        is_primary,
        file_position
    from people
    union all
    select
        customer_number,
        'sms' as channel,
        mobile as address,
        sms_opt_out as has_opted_out,
        name,
        is_primary,
        file_position
    from people
    union all
    select
        customer_number,
        'auto_call' as channel,
        coalesce(mobile, phone) as address,
        call_opt_out as has_opted_out,
        name,
        is_primary,
        file_position
    from people
    union all
    select
        customer_number,
        'phone_call' as channel,
        coalesce(mobile, phone) as address,
        call_opt_out as has_opted_out,
        name,
        is_primary,
        file_position
    from people
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_number, channel
            order by has_opted_out asc, is_primary desc, file_position asc
        ) as place
    from ways
    where address is not null
),

names as (
    select
        customer_number,
        min_by(name, struct_pack(later := (not is_primary), file_position := file_position)) as name
    from people
    group by customer_number
)

select
    customer_number,
    channel,
    name as contact_name,
    case when not has_opted_out then address end as recipient,
    has_opted_out
from ranked
where place = 1
union all
select
    customers.customer_number,
    'letter' as channel,
    names.name as contact_name,
    concat_ws(
        ', ',
        customers.address1,
        customers.address2,
        customers.city,
        customers.state,
        customers.postal_code,
        customers.country
    ) as recipient,
    false as has_opted_out
from customers
inner join wanted
    on customers.customer_number = wanted.customer_number
left join names
    on customers.customer_number = names.customer_number
where customers.address1 is not null and customers.country is not null
