-- One row per time zone that the engine knows.
-- Parameters: none.
select distinct name
from pg_timezone_names()
