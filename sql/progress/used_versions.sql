-- One row per version of a cadence that an enrolled unit follows.
-- Parameters: none.
select distinct
    cadence,
    version
from units
