-- One row per account that the filters let through, one page of them, with how many there are on all pages.
-- Parameters: search, cadence (- for none), state, currency, bucket (each empty for any), least_balance, sort
-- (number, name, balance, past_due or age), page_size and skipped.
select
    customer_number,
    currency,
    customer_name,
    cadence,
    last_step,
    last_step_on,
    next_step,
    next_step_on,
    state,
    balance,
    past_due_amount,
    past_due_age_days,
    oldest_bucket,
    count(*) over () as found_count
from accounts
where
    (
        $search = ''
        or contains(
            searched, translate(lower($search), 'àáâãäåçèéêëìíîïñòóôõöùúûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy')
        )
    )
    and ($cadence = '' or coalesce(cadence, '-') = $cadence)
    and ($state = '' or state = $state)
    and ($currency = '' or currency = $currency)
    and ($bucket = '' or oldest_bucket = $bucket)
    and balance >= $least_balance
order by
    case when $sort = 'balance' then balance end desc nulls last,
    case when $sort = 'past_due' then past_due_amount end desc nulls last,
    case when $sort = 'age' then past_due_age_days end desc nulls last,
    case when $sort = 'name' then lower(customer_name) end asc nulls last,
    customer_number asc,
    currency asc
limit $page_size offset $skipped
