-- One row: how many accounts there are whose payments the extract does not tell, so that nothing tells which item was
-- settled when.
-- Parameters: none.
select count(*) as account_count
from accounts
where untold_from is not null
