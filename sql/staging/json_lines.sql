-- One row per line of a JSON-lines file that is not blank, with its 1-based number.
-- Parameters: path.
with

numbered as (
    select
        unnest(string_split(content, chr(10))) as content,
        generate_subscripts(string_split(content, chr(10)), 1) as line
    from read_text($path)
)

select
    content,
    line,
    coalesce(try_cast(content as json) is not null and json_type(try_cast(content as json)) = 'OBJECT', false)
        as is_object
from numbered
where trim(content, concat(' ', chr(9), chr(13))) <> ''
