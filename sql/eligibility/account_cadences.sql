-- One row per planned day and account with something open: its cadence, or null. An explicit enrolment beats rules,
-- one for the account's currency beats one for all; among rules the lowest priority wins (rule_matches: names of the
-- matching rules of that priority); tied_with names a second one, which is an error of the configuration.
-- Parameters: none.
with

explicit as (
    select
        accounts.account_key,
        coalesce(
            max(case when explicit_enrolments.currency <> '' then explicit_enrolments.cadence end),
            max(explicit_enrolments.cadence)
        ) as cadence
    from explicit_enrolments
    inner join accounts
        on
            explicit_enrolments.customer_number = accounts.customer_number
            and explicit_enrolments.currency in (accounts.currency, '')
    group by accounts.account_key
)

select
    rule_matches.day,
    rule_matches.account_key,
    rule_matches.customer_number,
    rule_matches.currency,
    rule_matches.holiday_country,
    rule_matches.unapplied_credit,
    coalesce(explicit.cadence, rule_matches.cadence) as cadence,
    case when explicit.cadence is null then rule_matches.tied_with end as tied_with
from rule_matches
left join explicit
    on rule_matches.account_key = explicit.account_key
