-- One row per planned day and version of a cadence that plans an action on it.
-- Parameters: none.
select distinct
    day,
    cadence,
    cadence_version
from acting_steps
