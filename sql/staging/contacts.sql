-- One row per contact of the extract; file_position tells the order of the file.
-- Parameters: none.
select
    customer_number,
    row_number() over (order by source_file, source_row) as file_position,
    name,
    role,
    email,
    phone,
    mobile,
    is_primary,
    email_opt_out,
    sms_opt_out,
    call_opt_out
from contacts_checked
where reason is null
