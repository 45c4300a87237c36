-- One row per line of a CSV file that could be split into the columns of its header, all as text.
-- Parameters: path, columns (a struct of name and type), delimiter, encoding.
select *
from
    read_csv(
        $path,
        columns = $columns,
        delim = $delimiter,
        encoding = $encoding,
        header = true,
        auto_detect = false,
        quote = '"',
        escape = '"',
        ignore_errors = true,
        store_rejects = true
    )
