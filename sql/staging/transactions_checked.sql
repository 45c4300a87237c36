-- One row per row of the transactions files, typed, with what is wrong with it (column_name, value, reason) or null.
-- A transaction in another currency than its invoice can't be used; one on an invoice that the extract does not have
-- yet can: until then it is a credit of the account.
-- Parameters: dates (a strptime format or null for ISO), decimal and thousands (the separators of CSV files).
with

raw as (
    select * from raw_transactions
),

customers as (
    select customer_number from customers
),

currencies as (
    select code from currency_codes
),

invoices as (
    select
        invoice_number,
        min(currency) as invoice_currency
    from invoices
    group by invoice_number
),

trimmed as (
    select
        source_file,
        source_row,
        nullif(trim(transaction_id), '') as transaction_id,
        nullif(trim(customer_number), '') as customer_number,
        nullif(trim(invoice_number), '') as invoice_number,
        nullif(trim(instalment), '') as instalment_text,
        nullif(trim("date"), '') as date_text,
        upper(nullif(trim(currency), '')) as currency,
        nullif(trim(amount), '') as amount_text,
        lower(nullif(trim("type"), '')) as "type",
        lower(source_file) not like '%.parquet' and lower(source_file) not like '%.jsonl' as is_csv
    from raw
),

dated as (
    select
        *,
        coalesce(cast(try_strptime(date_text, $dates) as date), try_cast(date_text as date)) as "date",
        case
            when not is_csv then amount_text
            when $decimal = '.' then replace(amount_text, $thousands, '')
            when $thousands = '.' then replace(replace(amount_text, '.', ''), ',', '.')
            else replace(replace(replace(amount_text, '.', '?'), $thousands, ''), ',', '.')
        end as amount_number
    from trimmed
),

typed as (
    select
        dated.*,
        invoices.invoice_currency,
        customers.customer_number is not null as is_known,
        currencies.code is not null as is_currency,
        try_cast(dated.instalment_text as integer) as instalment,
        try_cast(dated.amount_number as decimal(28, 6)) as exact_amount,
        try_cast(dated.amount_number as decimal(18, 2)) as amount
    from dated
    left join customers
        on dated.customer_number = customers.customer_number
    left join currencies
        on dated.currency = currencies.code
    left join invoices
        on dated.invoice_number = invoices.invoice_number
),

judged as (
    select
        *,
        case
            when transaction_id is null then 'transaction_id'
            when customer_number is null or not is_known then 'customer_number'
            when instalment_text is not null and coalesce(instalment, 0) < 1 then 'instalment'
            when coalesce(year("date"), 0) not between 1900 and 2199 then 'date'
            when not is_currency then 'currency'
            when amount is null or exact_amount <> amount or amount < 0 then 'amount'
            when
                "type" is null or "type" not in ('payment', 'credit_note', 'write_off', 'refund', 'reversal')
                then 'type'
            when invoice_currency <> currency then 'currency'
        end as column_name
    from typed
)

select
    source_file,
    source_row,
    transaction_id,
    customer_number,
    invoice_number,
    instalment,
    "date",
    currency,
    amount,
    "type",
    column_name,
    case column_name
        when 'transaction_id' then transaction_id
        when 'customer_number' then customer_number
        when 'instalment' then instalment_text
        when 'date' then date_text
        when 'currency' then currency
        when 'amount' then amount_text
        when 'type' then "type"
    end as value,
    case
        when column_name = 'transaction_id' then 'the transaction has no number'
        when column_name = 'customer_number' and customer_number is null then 'the transaction names no customer'
        when column_name = 'customer_number' then 'unknown customer: no usable row of customers has this number'
        when column_name = 'instalment' then 'not readable as a whole number from 1'
        when column_name = 'date' then 'not readable as a date between 1900 and 2199'
        when column_name = 'currency' and currency is null then 'the currency is missing'
        when column_name = 'currency' and not is_currency then 'no ISO 4217 currency code'
        when column_name = 'currency' then concat('the invoice is in ', invoice_currency)
        when column_name = 'amount' and amount < 0 then 'an amount is never negative; the type says which way it counts'
        when column_name = 'amount' then 'not readable as an amount with at most two decimals'
        when column_name = 'type' then 'not one of payment, credit_note, write_off, refund, reversal'
    end as reason
from judged
