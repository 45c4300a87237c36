-- One row per line of the JSON-lines file read last that is no JSON object.
-- Parameters: none.
select
    line,
    content
from json_lines
where not is_object
order by line
