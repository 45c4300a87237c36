-- One row per day and action that action_table has now and did not have before, or the other way round, or with other
-- facts. change: added, removed or changed.
-- Parameters: none.
select
    coalesce(action_table.action_date, actions_before.action_date) as day,
    coalesce(action_table.customer_number, actions_before.customer_number) as customer_number,
    coalesce(action_table.currency, actions_before.currency) as currency,
    coalesce(action_table.cadence, actions_before.cadence) as cadence,
    coalesce(action_table.step, actions_before.step) as step,
    coalesce(action_table.channel, actions_before.channel) as channel,
    case
        when actions_before.action_id is null then 'added'
        when action_table.action_id is null then 'removed'
        else 'changed'
    end as change,
    actions_before.balance as balance_before,
    action_table.balance as balance_now
from action_table
full outer join actions_before
    on
        action_table.action_date = actions_before.action_date
        and action_table.action_id = actions_before.action_id
where
    actions_before.action_id is null
    or action_table.action_id is null
    or struct_pack(
        a := action_table.balance,
        b := action_table.amount_past_due,
        c := action_table.invoice_numbers,
        d := action_table.recipient,
        e := action_table.contact_name,
        f := action_table.status,
        g := action_table.channel,
        h := action_table.template,
        i := action_table.assigned_to,
        j := action_table.language
    ) is distinct from struct_pack(
        a := actions_before.balance,
        b := actions_before.amount_past_due,
        c := actions_before.invoice_numbers,
        d := actions_before.recipient,
        e := actions_before.contact_name,
        f := actions_before.status,
        g := actions_before.channel,
        h := actions_before.template,
        i := actions_before.assigned_to,
        j := actions_before.language
    )
order by day, customer_number, currency, step
