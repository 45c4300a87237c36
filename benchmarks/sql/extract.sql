-- The tables of the extract, column for column as the contract names them. Salts 80 to 119.
create view customers_extract as
select
    customer_number,
    concat('Customer ', customer, ' Ltd') as name,
    concat(draw(customer, 80, 300) + 1, ' Harbour Street') as address1,
    cast(null as varchar) as address2,
    'Port Vale' as city,
    cast(null as varchar) as state,
    lpad(cast(draw(customer, 81, 100000) as varchar), 5, '0') as postal_code,
    country,
    payment_terms,
    language,
    timezone,
    chase,
    autopay,
    owner,
    cast(null as varchar) as portal_url
from customers;

create view contacts_extract as
with

people as (
    select
        customer,
        customer_number,
        country,
        unnest(
            case
                when draw(customer, 82, 1000) < 5 then []
                when draw(customer, 82, 1000) < 300 then [0, 1]
                else [0]
            end
        ) as place
    from customers
),

drawn as (
    select
        *,
        draw(2 * customer + place, 83, 100) as email_draw,
        draw(2 * customer + place, 84, 100) as mobile_draw,
        draw(2 * customer + place, 85, 100) as opt_out_draw,
        draw(2 * customer + place, 86, 10000000) as line
    from people
)

select
    customer_number,
    concat('Contact ', customer, '-', place + 1) as name,
    case place when 0 then 'Accounts payable' else 'Director' end as role,
    case when email_draw >= 5 then concat('ap', place + 1, '@c', customer, '.example') end as email,
    case when email_draw < 70 then concat('+44207', lpad(cast(line as varchar), 7, '0')) end as phone,
    case when mobile_draw >= 40 then concat('+44770', lpad(cast(line as varchar), 7, '0')) end as mobile,
    place = 0 as is_primary,
    opt_out_draw < 3 as email_opt_out,
    opt_out_draw between 2 and 4 as sms_opt_out,
    opt_out_draw between 5 and 6 as call_opt_out
from drawn;

create view invoices_extract as
with

balanced as (
    select
        *,
        cents - coalesce(list_sum(list_transform(movements, lambda movement: movement.reduces_by)), 0) as open_cents,
        draw(invoice, 90, 1000) < 10 and disputed_from(invoice, issue_date) <= getvariable('last_day') as is_disputed,
        draw(invoice, 91, 2) = 0 as is_dispute_over,
        draw(invoice, 92, 100) < 2 as is_autopay
    from items
),

disputes as (
    select
        *,
        case when is_disputed then disputed_from(invoice, issue_date) end as disputed_on
    from balanced
)

select
    invoice_number,
    cast(case when instalment > 0 then instalment end as integer) as instalment,
    customer_number,
    issue_date,
    due_date,
    currency,
    money(cents) as amount,
    money(open_cents) as balance,
    case
        when first_status <> 'open' then first_status
        when settled_on is not null then 'paid'
        else 'open'
    end as status,
    settled_on as paid_on,
    is_disputed as disputed,
    disputed_on,
    case
        when is_dispute_over and disputed_on + 45 <= getvariable('last_day') then cast(disputed_on + 45 as date)
    end as dispute_closed_on,
    is_autopay as autopay,
    concat('https://invoices.harbour-vale.example/', invoice_number) as url
from disputes;

create view transactions_extract as
with

applied as (
    select
        invoice,
        instalment,
        case when instalment > 0 and names_instalment then instalment end as named_instalment,
        invoice_number,
        customer_number,
        currency,
        unnest(movements) as movement,
        generate_subscripts(movements, 1) as place
    from items
),

unapplied as (
    select
        invoice,
        customer_number,
        currency,
        issue_date + cast(draw(invoice, 94, 60) as integer) as received_on,
        invoice_cents // 5 as cents,
        case when draw(invoice, 95, 3) = 0 then 'credit_note' else 'payment' end as kind
    from items
    where instalment < 2 and draw(invoice, 93, 1000) < 5
)

select
    concat('T', invoice, '-', instalment, '-', place) as transaction_id,
    customer_number,
    invoice_number,
    cast(named_instalment as integer) as instalment,
    movement.date as "date",
    currency,
    money(abs(movement.reduces_by)) as amount,
    movement.kind as "type"
from applied
union all
select
    concat('U', invoice) as transaction_id,
    customer_number,
    cast(null as varchar) as invoice_number,
    cast(null as integer) as instalment,
    cast(received_on as date) as "date",
    currency,
    money(cents) as amount,
    kind as "type"
from unapplied
where received_on <= getvariable('last_day');

create view holds_extract as
select
    customers.customer_number,
    list_extract(['promise', 'pause', 'dispute', 'do_not_chase'], draw(numbers.invoice, 96, 4) + 1) as kind,
    cast(getvariable('last_day') - cast(draw(numbers.invoice, 97, 20) as integer) as date) as "from",
    cast(getvariable('last_day') + cast(draw(numbers.invoice, 98, 20) as integer) as date) as until
from numbers
inner join customers
    on draw(numbers.invoice, 99, getvariable('customer_count')) = customers.customer
where numbers.invoice < least(400, getvariable('customer_count') // 5)
order by all;

create view enrolments_extract as
select
    customer_number,
    'standard' as cadence
from customers
where payment_terms = 'NET 45'
order by customer
limit 20;
