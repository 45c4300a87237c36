-- What a year of chasing would have left: who was enrolled when, and which steps were carried out, by the dates of
-- each cycle's first item. An approximation (no thresholds, holds or superseded steps), for its size is what counts.
create table lives as
select
    items.customer,
    items.currency,
    case when customer_cadences.scope = 'invoice' then items.invoice_number else '' end as unit_invoice,
    case when items.instalment > 0 then concat('#', items.instalment) else '' end as unit_instalment,
    customer_cadences.cadence,
    customer_cadences.scope,
    items.invoice,
    items.issue_date,
    items.due_date,
    coalesce(items.settled_on, date '9999-12-31') as ended_on
from items
inner join customer_cadences
    on items.customer = customer_cadences.customer
where items.first_status = 'open';

create view spells as
with

marked as (
    select
        *,
        max(ended_on) over (
            partition by customer, currency
            order by issue_date, invoice, unit_instalment
            rows between unbounded preceding and 1 preceding
        ) as known_end
    from lives
    where scope = 'account'
),

numbered as (
    select
        *,
        count(case when known_end is null or issue_date > known_end then 1 end) over (
            partition by customer, currency
            order by issue_date, invoice, unit_instalment
            rows between unbounded preceding and current row
        ) as spell
    from marked
)

select
    customer,
    currency,
    '' as invoice_reference,
    any_value(cadence) as cadence,
    min(issue_date) as cycle_start,
    min(due_date) as due_date,
    max(ended_on) as ended_on
from numbered
group by customer, currency, spell
having max(ended_on) > getvariable('first_run_day')
union all
select
    customer,
    currency,
    concat(unit_invoice, unit_instalment) as invoice_reference,
    cadence,
    issue_date as cycle_start,
    due_date,
    ended_on
from lives
where scope = 'invoice' and ended_on > getvariable('first_run_day');

create table cycles as select * from spells where cycle_start < getvariable('last_day');

create view cycle_steps as
with

due as (
    select
        cycles.*,
        steps.step_number,
        steps.step,
        steps.is_contact,
        steps.repeat_every,
        steps.repeat_limit,
        case steps.clock when 'account_age' then cycle_start else due_date end + steps.day as due_on
    from cycles
    inner join steps
        on cycles.cadence = steps.cadence
),

-- of the steps that were overdue when chasing began, only the last one was carried out
entered as (
    select
        customer,
        currency,
        invoice_reference,
        cycle_start,
        max(step_number) as entered_at
    from due
    where cycle_start <= getvariable('first_run_day') and due_on <= getvariable('first_run_day')
    group by customer, currency, invoice_reference, cycle_start
),

kept as (
    select
        due.*,
        greatest(due.due_on, getvariable('first_run_day')) as first_on
    from due
    left join entered
        on
            due.customer = entered.customer
            and due.currency = entered.currency
            and due.invoice_reference = entered.invoice_reference
            and due.cycle_start = entered.cycle_start
    where due.due_on >= due.cycle_start and due.step_number >= coalesce(entered.entered_at, 0)
),

repeated as (
    select
        *,
        unnest(range(0, repeat_limit + 1)) as repetition
    from kept
),

planned as (
    select
        *,
        cast(first_on + cast(repetition * repeat_every as integer) as date) as planned_on
    from repeated
)

select
    * exclude (planned_on),
    -- what falls on a weekend is carried out on Monday
    planned_on + case date_diff('day', date '1970-01-05', planned_on) % 7 when 5 then 2 when 6 then 1 else 0 end
        as carried_out_on
from planned;

create view carried_out as
select
    customers.customer_number,
    cycle_steps.currency,
    cycle_steps.invoice_reference,
    cycle_steps.cadence,
    cycle_steps.step,
    cast(cycle_steps.repetition as integer) as repetition,
    cast(cycle_steps.carried_out_on as date) as carried_out_on,
    cycle_steps.is_contact
from cycle_steps
inner join customers
    on cycle_steps.customer = customers.customer
where
    cycle_steps.carried_out_on < least(cycle_steps.ended_on, getvariable('last_day'))
    and customers.chase
    and not customers.autopay
order by carried_out_on, customer_number, currency, invoice_reference, step, repetition;

create view enrolments as
select
    customers.customer_number,
    cycles.currency,
    cycles.invoice_reference,
    cycles.cadence,
    1 as version,
    cycles.cycle_start,
    greatest(cycles.cycle_start, getvariable('first_run_day')) as enrolled_on,
    case when cycles.ended_on < getvariable('last_day') then cycles.ended_on end as stopped_on
from cycles
inner join customers
    on cycles.customer = customers.customer
order by enrolled_on, customer_number, currency, invoice_reference, cycle_start;

create view run_days as
select cast(range as date) as day
from range(getvariable('first_run_day'), getvariable('last_day'), interval 1 day);
