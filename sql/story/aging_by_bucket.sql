-- One row per day and currency: how many accounts there are, what they owe by bucket, and what credits take off.
-- Parameters: none.
select
    day,
    currency,
    count(*) as account_count,
    count(case when balance > 0 then 1 end) as owing_count,
    sum(current_amount) as current_amount,
    sum(days_1_30) as days_1_30,
    sum(days_31_60) as days_31_60,
    sum(days_61_90) as days_61_90,
    sum(days_over_90) as days_over_90,
    sum(unapplied_credit) as unapplied_credit,
    sum(balance) as balance
from account_aging
group by day, currency
order by day, currency
