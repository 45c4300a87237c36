-- One row per issued item and day as of which its balance is wanted: here, the day itself.
-- Parameters: as_of.
select
    invoice_number,
    instalment,
    cast($as_of as date) as balance_day
from issued_items
