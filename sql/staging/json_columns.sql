-- One row per key that occurs in the JSON-lines file read last.
-- Parameters: none.
select distinct unnest(json_keys(content)) as name
from json_lines
where is_object
order by name
