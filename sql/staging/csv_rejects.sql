-- One row per line of the CSV file read last that could not be split into columns.
-- Parameters: none.
select
    line_byte_position,
    any_value(csv_line) as csv_line,
    min(error_message) as error_message
from reject_errors
group by line_byte_position
order by line_byte_position
