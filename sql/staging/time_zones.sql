-- One row per time zone that the engine knows.
select distinct name
from pg_timezone_names()
