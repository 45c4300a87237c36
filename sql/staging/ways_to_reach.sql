-- One row per customer: for each way of reaching somebody whom it goes to and where, null where nobody can be
-- reached, and whether that is because of an opt-out. The primary contact if it has what the way needs and has not
-- opted out, in the extract or on record, else the first contact that does. Made once per extract, and again where
-- there are opt-outs on record.
-- Parameters: none.
with

numbered as (
    select
        *,
        coalesce(mobile, phone) as call_number
    from contacts
),

people as (
    select
        numbered.* exclude (email_opt_out, sms_opt_out, call_opt_out),
        numbered.email_opt_out or of_email.address is not null as email_opt_out,
        numbered.sms_opt_out or of_sms.address is not null as sms_opt_out,
        numbered.call_opt_out or of_call.address is not null as call_opt_out
    from numbered
    left join recorded_opt_outs as of_email
        on
            numbered.email = of_email.address
            and of_email.way = 'email'
    left join recorded_opt_outs as of_sms
        on
            numbered.mobile = of_sms.address
            and of_sms.way = 'sms'
    left join recorded_opt_outs as of_call
        on
            numbered.call_number = of_call.address
            and of_call.way = 'call'
),

chosen as (
    select
        customer_number,
        min(
            case
                when email is not null
                    then struct_pack(
                        has_opted_out := email_opt_out,
                        is_later := not is_primary,
                        file_position := file_position,
                        contact_name := name,
                        address := email
                    )
            end
        ) as email,
        min(
            case
                when mobile is not null
                    then struct_pack(
                        has_opted_out := sms_opt_out,
                        is_later := not is_primary,
                        file_position := file_position,
                        contact_name := name,
                        address := mobile
                    )
            end
        ) as sms,
        min(
            case
                when call_number is not null
                    then struct_pack(
                        has_opted_out := call_opt_out,
                        is_later := not is_primary,
                        file_position := file_position,
                        contact_name := name,
                        address := call_number
                    )
            end
        ) as call,
        min(struct_pack(is_later := not is_primary, file_position := file_position, contact_name := name)) as letter
    from people
    group by customer_number
)

select
    customers.customer_number,
    chosen.email.contact_name as email_contact,
    case when not chosen.email.has_opted_out then chosen.email.address end as email_recipient,
    coalesce(chosen.email.has_opted_out, false) as email_opted_out,
    chosen.sms.contact_name as sms_contact,
    case when not chosen.sms.has_opted_out then chosen.sms.address end as sms_recipient,
    coalesce(chosen.sms.has_opted_out, false) as sms_opted_out,
    chosen.call.contact_name as call_contact,
    case when not chosen.call.has_opted_out then chosen.call.address end as call_recipient,
    coalesce(chosen.call.has_opted_out, false) as call_opted_out,
    case
        when customers.address1 is not null and customers.country is not null then chosen.letter.contact_name
    end as letter_contact,
    case
        when customers.address1 is not null and customers.country is not null
            then concat_ws(
                ', ',
                customers.address1,
                customers.address2,
                customers.city,
                customers.state,
                customers.postal_code,
                customers.country
            )
    end as letter_recipient
from customers
left join chosen
    on customers.customer_number = chosen.customer_number
