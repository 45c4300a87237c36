-- One row per day and account that account_aging has now and did not have before, or the other way round, or with
-- other figures. change: added, removed or changed.
-- Parameters: none.
select
    coalesce(account_aging.day, aging_before.day) as day,
    coalesce(account_aging.customer_number, aging_before.customer_number) as customer_number,
    coalesce(account_aging.currency, aging_before.currency) as currency,
    case
        when aging_before.customer_number is null then 'added'
        when account_aging.customer_number is null then 'removed'
        else 'changed'
    end as change,
    aging_before.balance as balance_before,
    account_aging.balance as balance_now,
    coalesce(account_aging.balance, 0) - coalesce(aging_before.balance, 0) as difference
from account_aging
full outer join aging_before
    on
        account_aging.day = aging_before.day
        and account_aging.customer_number = aging_before.customer_number
        and account_aging.currency = aging_before.currency
where
    aging_before.customer_number is null
    or account_aging.customer_number is null
    or struct_pack(
        a := account_aging.balance,
        b := account_aging.current_amount,
        c := account_aging.days_1_30,
        d := account_aging.days_31_60,
        e := account_aging.days_61_90,
        f := account_aging.days_over_90,
        g := account_aging.open_item_count,
        h := account_aging.oldest_issue_date,
        i := account_aging.oldest_due_date,
        j := account_aging.customer_name
    ) is distinct from struct_pack(
        a := aging_before.balance,
        b := aging_before.current_amount,
        c := aging_before.days_1_30,
        d := aging_before.days_31_60,
        e := aging_before.days_61_90,
        f := aging_before.days_over_90,
        g := aging_before.open_item_count,
        h := aging_before.oldest_issue_date,
        i := aging_before.oldest_due_date,
        j := aging_before.customer_name
    )
order by day asc, abs(difference) desc, customer_number asc, currency asc
