-- One row per account with something open: its cadence, or null. An explicit enrolment beats rules, one for the
-- account's currency beats one for all; among rules the lowest priority wins; tied_with names a second rule of
-- that same priority, which is an error of the configuration.
-- Parameters: none.
with

accounts as (
    select
        customer_number,
        currency
    from assignment_candidates
),

explicit as (
    select
        accounts.customer_number,
        accounts.currency,
        coalesce(
            max(case when explicit_enrolments.currency <> '' then explicit_enrolments.cadence end),
            max(explicit_enrolments.cadence)
        ) as cadence
    from accounts
    inner join explicit_enrolments
        on
            accounts.customer_number = explicit_enrolments.customer_number
            and explicit_enrolments.currency in (accounts.currency, '')
    group by accounts.customer_number, accounts.currency
),

ranked as (
    select
        *,
        row_number() over (partition by customer_number, currency order by priority, cadence) as place,
        lead(priority) over (partition by customer_number, currency order by priority, cadence) as next_priority,
        lead(cadence) over (partition by customer_number, currency order by priority, cadence) as next_cadence
    from matching_rules
),

ruled as (
    select
        customer_number,
        currency,
        cadence,
        case when next_priority = priority then next_cadence end as tied_with
    from ranked
    where place = 1
)

select
    accounts.customer_number,
    accounts.currency,
    coalesce(explicit.cadence, ruled.cadence) as cadence,
    explicit.cadence is not null as is_explicit,
    case when explicit.cadence is null then ruled.tied_with end as tied_with
from accounts
left join explicit
    on
        accounts.customer_number = explicit.customer_number
        and accounts.currency = explicit.currency
left join ruled
    on
        accounts.customer_number = ruled.customer_number
        and accounts.currency = ruled.currency
