-- One row per invoice, or instalment of one: when it is due, what has happened to it (movements) and, where it was
-- settled, on which day. Invoices are numbered by day of issue, as accounting systems do. Salts 30 to 79.
create view invoices_drawn as
select
    numbers.invoice,
    -- five in a hundred go to a thousandth of the customers, twenty to a tenth, the rest to anyone
    case
        when draw(numbers.invoice, 30, 100) < 5
            then draw(numbers.invoice, 31, greatest(getvariable('customer_count') // 1000, 1))
        when draw(numbers.invoice, 30, 100) < 25
            then draw(numbers.invoice, 31, greatest(getvariable('customer_count') // 10, 1))
        else draw(numbers.invoice, 31, getvariable('customer_count'))
    end as customer,
    getvariable('first_day')
    + cast(numbers.invoice * getvariable('day_count') // getvariable('invoice_count') as integer) as issue_date,
    case
        when draw(numbers.invoice, 33, 100) < 50 then 1000 + draw(numbers.invoice, 34, 20000)
        when draw(numbers.invoice, 33, 100) < 90 then 20000 + draw(numbers.invoice, 34, 200000)
        else 200000 + draw(numbers.invoice, 34, 3000000)
    end as invoice_cents,
    draw(numbers.invoice, 35, 100) < 50 as is_in_second_currency,
    draw(numbers.invoice, 36, 1000) as status_draw,
    draw(numbers.invoice, 37, 1000) as never_paid_draw,
    draw(numbers.invoice, 38, 60) as delay_draw,
    draw(numbers.invoice, 39, 1000) as course_draw,
    draw(numbers.invoice, 40, 100) < 1 as has_instalments,
    draw(numbers.invoice, 41, 2) = 0 as names_instalment,
    draw(numbers.invoice, 42, 1000) < 3 as has_no_due_date
from numbers;

create view items_drawn as
with

belonging as (
    select
        invoices_drawn.*,
        customers.* exclude (customer, currency, second_currency, autopay),
        case when is_in_second_currency then second_currency else currency end as currency,
        case when status_draw < 5 then 'draft' when status_draw < 10 then 'void' else 'open' end as first_status,
        case
            when habit = 'prompt' then never_paid_draw < 20
            when habit = 'slow' then never_paid_draw < 270
            else never_paid_draw < 740
        end as is_never_paid,
        case habit
            when 'prompt' then delay_draw // 4 - 10
            when 'slow' then delay_draw
            else 20 + 2 * delay_draw
        end as delay
    from invoices_drawn
    inner join customers
        on invoices_drawn.customer = customers.customer
),

split as (
    select
        *,
        unnest(case when has_instalments then [1, 2, 3] else [0] end) as instalment
    from belonging
),

dated as (
    select
        *,
        cast(issue_date + term_days + case when instalment > 1 then 30 * (instalment - 1) else 0 end as date)
            as agreed_date,
        case
            when instalment = 0 then invoice_cents
            when instalment = 3 then invoice_cents - 2 * (invoice_cents // 3)
            else invoice_cents // 3
        end as cents
    from split
)

select
    *,
    case when has_no_due_date and instalment = 0 then null else agreed_date end as due_date,
    -- an invoice in instalments is paid one after the other, each whole
    case when instalment > 0 then 999 else course_draw end as course,
    case
        when first_status = 'open' and not is_never_paid
            and greatest(issue_date, agreed_date + cast(delay as integer)) <= getvariable('last_day')
            then greatest(issue_date, agreed_date + cast(delay as integer))
    end as settled_on
from dated;

create view items as
with

moved as (
    select
        *,
        case
            when first_status <> 'open' then []
            when settled_on is not null and course < 60
                then [
                    movement(greatest(issue_date, settled_on - 20), 'payment', cents * 2 // 5),
                    movement(settled_on, 'payment', cents - cents * 2 // 5)
                ]
            when settled_on is not null and course < 75
                then [
                    movement(greatest(issue_date, settled_on - 15), 'credit_note', cents // 10),
                    movement(settled_on, 'payment', cents - cents // 10)
                ]
            when settled_on is not null and course < 80
                then [movement(settled_on, 'write_off', cents)]
            when settled_on is not null and course < 83
                then [
                    movement(greatest(issue_date, settled_on - 20), 'payment', cents),
                    movement(greatest(issue_date, settled_on - 15), 'reversal', cents),
                    movement(settled_on, 'payment', cents)
                ]
            when settled_on is not null and course < 85
                then [movement(settled_on, 'payment', cents + 1000)]
            when settled_on is not null then [movement(settled_on, 'payment', cents)]
            when course < 100
                then [movement(cast(agreed_date + cast(delay_draw as integer) as date), 'payment', cents * 3 // 10)]
            when course < 110
                then [movement(issue_date + cast(delay_draw // 4 as integer), 'credit_note', cents // 10)]
            else []
        end as planned_movements
    from items_drawn
)

select
    * exclude (planned_movements),
    concat('INV-', lpad(cast(invoice as varchar), 9, '0')) as invoice_number,
    list_filter(planned_movements, lambda movement: movement.date <= getvariable('last_day')) as movements
from moved;
