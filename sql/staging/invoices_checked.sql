-- One row per row of the invoices files, typed, with what is wrong with it (column_name, value, reason) or null.
-- Parameters: dates (a strptime format or null for ISO), decimal and thousands (the separators of CSV files).
with

raw as (
    select * from raw_invoices
),

customers as (
    select customer_number from customers
),

currencies as (
    select code from currency_codes
),

trimmed as (
    select
        source_file,
        source_row,
        nullif(trim(invoice_number), '') as invoice_number,
        nullif(trim(instalment), '') as instalment_text,
        nullif(trim(customer_number), '') as customer_number,
        nullif(trim(issue_date), '') as issue_date_text,
        nullif(trim(due_date), '') as due_date_text,
        upper(nullif(trim(currency), '')) as currency,
        nullif(trim(amount), '') as amount_text,
        nullif(trim(balance), '') as balance_text,
        lower(nullif(trim(status), '')) as status,
        nullif(trim(paid_on), '') as paid_on_text,
        nullif(trim(disputed), '') as disputed_text,
        nullif(trim(disputed_on), '') as disputed_on_text,
        nullif(trim(dispute_closed_on), '') as dispute_closed_on_text,
        nullif(trim(autopay), '') as autopay_text,
        nullif(trim(url), '') as url,
        nullif(trim(pdf), '') as pdf,
        lower(source_file) not like '%.parquet' and lower(source_file) not like '%.jsonl' as is_csv
    from raw
),

dated as (
    select
        *,
        coalesce(cast(try_strptime(issue_date_text, $dates) as date), try_cast(issue_date_text as date)) as issue_date,
        coalesce(cast(try_strptime(due_date_text, $dates) as date), try_cast(due_date_text as date)) as due_date,
        coalesce(cast(try_strptime(paid_on_text, $dates) as date), try_cast(paid_on_text as date)) as paid_on,
        coalesce(cast(try_strptime(disputed_on_text, $dates) as date), try_cast(disputed_on_text as date))
            as disputed_on,
        coalesce(
            cast(try_strptime(dispute_closed_on_text, $dates) as date), try_cast(dispute_closed_on_text as date)
        ) as dispute_closed_on,
        case
            when not is_csv then amount_text
            when $decimal = '.' then replace(amount_text, $thousands, '')
            when $thousands = '.' then replace(replace(amount_text, '.', ''), ',', '.')
            else replace(replace(replace(amount_text, '.', '?'), $thousands, ''), ',', '.')
        end as amount_number,
        case
            when not is_csv then balance_text
            when $decimal = '.' then replace(balance_text, $thousands, '')
            when $thousands = '.' then replace(replace(balance_text, '.', ''), ',', '.')
            else replace(replace(replace(balance_text, '.', '?'), $thousands, ''), ',', '.')
        end as balance_number
    from trimmed
),

typed as (
    select
        dated.*,
        customers.customer_number is not null as is_known,
        currencies.code is not null as is_currency,
        try_cast(dated.instalment_text as integer) as instalment,
        try_cast(dated.amount_number as decimal(28, 6)) as exact_amount,
        try_cast(dated.amount_number as decimal(18, 2)) as amount,
        try_cast(dated.balance_number as decimal(28, 6)) as exact_balance,
        try_cast(dated.balance_number as decimal(18, 2)) as balance,
        try_cast(dated.disputed_text as boolean) as disputed,
        try_cast(dated.autopay_text as boolean) as autopay
    from dated
    left join customers
        on dated.customer_number = customers.customer_number
    left join currencies
        on dated.currency = currencies.code
),

judged as (
    select
        *,
        case
            when invoice_number is null then 'invoice_number'
            when instalment_text is not null and coalesce(instalment, 0) < 1 then 'instalment'
            when customer_number is null or not is_known then 'customer_number'
            when coalesce(year(issue_date), 0) not between 1900 and 2199 then 'issue_date'
            when due_date_text is not null and coalesce(year(due_date), 0) not between 1900 and 2199 then 'due_date'
            when not is_currency then 'currency'
            when amount is null or exact_amount <> amount then 'amount'
            when balance_text is not null and (balance is null or exact_balance <> balance) then 'balance'
            when status not in ('open', 'paid', 'draft', 'void') then 'status'
            when paid_on_text is not null and coalesce(year(paid_on), 0) not between 1900 and 2199 then 'paid_on'
            when disputed_text is not null and disputed is null then 'disputed'
            when disputed_on_text is not null and disputed_on is null then 'disputed_on'
            when dispute_closed_on_text is not null and dispute_closed_on is null then 'dispute_closed_on'
            when autopay_text is not null and autopay is null then 'autopay'
        end as column_name
    from typed
)

select
    source_file,
    source_row,
    invoice_number,
    instalment,
    customer_number,
    issue_date,
    due_date,
    currency,
    amount,
    balance,
    coalesce(status, 'open') as status,
    paid_on,
    coalesce(disputed, false) as disputed,
    disputed_on,
    dispute_closed_on,
    coalesce(autopay, false) as autopay,
    url,
    pdf,
    column_name,
    case column_name
        when 'invoice_number' then invoice_number
        when 'instalment' then instalment_text
        when 'customer_number' then customer_number
        when 'issue_date' then issue_date_text
        when 'due_date' then due_date_text
        when 'currency' then currency
        when 'amount' then amount_text
        when 'balance' then balance_text
        when 'status' then status
        when 'paid_on' then paid_on_text
        when 'disputed' then disputed_text
        when 'disputed_on' then disputed_on_text
        when 'dispute_closed_on' then dispute_closed_on_text
        when 'autopay' then autopay_text
    end as value,
    case
        when column_name = 'invoice_number' then 'the invoice has no number'
        when column_name = 'customer_number' and customer_number is null then 'the invoice names no customer'
        when column_name = 'customer_number' then 'unknown customer: no usable row of customers has this number'
        when column_name = 'instalment' then 'not readable as a whole number from 1'
        when column_name = 'currency' and currency is null then 'the currency is missing'
        when column_name = 'currency' then 'no ISO 4217 currency code'
        when column_name in ('amount', 'balance') and amount is not null and balance is not null
            then 'an amount has at most two decimals'
        when column_name = 'amount' and amount_text is null then 'the amount is missing'
        when column_name in ('amount', 'balance') then 'not readable as an amount with at most two decimals'
        when column_name = 'status' then 'not one of open, paid, draft, void'
        when column_name in ('disputed', 'autopay') then 'not readable as true or false'
        when column_name = 'issue_date' and issue_date_text is null then 'the date is missing'
        when column_name is not null then 'not readable as a date between 1900 and 2199'
    end as reason
from judged
