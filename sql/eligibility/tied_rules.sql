-- One row per pair of cadences whose rules match the same account with the same priority, with an example.
-- Parameters: none.
select
    cadence,
    tied_with,
    min(customer_number) as customer_number,
    count(distinct account_key) as account_count
from account_cadences
where tied_with is not null
group by cadence, tied_with
order by cadence, tied_with
