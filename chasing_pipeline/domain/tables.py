"""Every table that users touch, column by column: the one list from which the rest is made.

The orchestrator's schemas, the warehouse's column comments, the data dictionary and the checks of an
extract's columns are all derived from here. Does not belong here: how a table is computed (``sql/``).
"""

from dataclasses import dataclass

TEXT, DATE, INSTANT, INTEGER, BOOLEAN = "varchar", "date", "timestamp with time zone", "integer", "boolean"
MONEY, COST, LIST = "decimal(18,2)", "decimal(18,6)", "varchar[]"

_CUSTOMERS_PERSONS = ("name", "address1", "address2", "email", "phone", "mobile", "owner", "customer_name")
PERSONAL_COLUMNS = frozenset(
    (*_CUSTOMERS_PERSONS, "contact_name", "recipient", "assigned_to", "detail", "actor", "value")
)
"""Columns that may name or reach a person: never in the orchestrator's metadata, marked in the data contract."""


@dataclass(frozen=True)
class Column:
    """A column: its name, DuckDB type, what it means, and whether it always has a value."""

    name: str
    type: str
    description: str
    required: bool = False


@dataclass(frozen=True)
class Table:
    """A table: its name, what one row is, the columns that tell rows apart, and all columns in order."""

    name: str
    one_row: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def day_column(self) -> str:
        """The column that says which day's rows they are; each day is published by itself."""
        return next(
            name for name in ("day", "action_date", "activity_date", "extract_date") if name in self.column_names
        )

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(column.name for column in self.columns)


def _table(name: str, one_row: str, key: str, *columns: tuple[str, str, str]) -> Table:
    """A table from short rows; a star at the end of a column's name marks one that always has a value."""
    return Table(
        name,
        one_row,
        tuple(key.split()),
        tuple(Column(n.rstrip("*"), kind, text, n.endswith("*")) for n, kind, text in columns),
    )


EXTRACT_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table(
            "customers",
            "one customer of the company",
            "customer_number",
            ("customer_number*", TEXT, "The customer's number in the accounting system"),
            ("name*", TEXT, "The customer's name as it is written on invoices"),
            ("address1", TEXT, "First line of the postal address"),
            ("address2", TEXT, "Second line of the postal address"),
            ("city", TEXT, "City of the postal address"),
            ("state", TEXT, "State, province or county of the postal address"),
            ("postal_code", TEXT, "Postal code of the postal address"),
            ("country", TEXT, "Country, ISO 3166-1 alpha-2"),
            ("payment_terms", TEXT, "Agreed terms of payment, e.g. NET 30"),
            ("language", TEXT, "The customer's language, BCP 47; empty: the company's"),
            ("timezone", TEXT, "The customer's time zone, IANA; empty: the company's"),
            ("chase", BOOLEAN, "False: this customer is never chased; empty: true"),
            ("autopay", BOOLEAN, "True: the customer pays by itself and is not chased; empty: false"),
            ("owner", TEXT, "E-mail address of the account's owner"),
            ("portal_url", TEXT, "Where this customer can pay; empty: made from the company's setting"),
        ),
        _table(
            "contacts",
            "one contact person of a customer",
            "customer_number name email phone mobile",
            ("customer_number*", TEXT, "The customer whom the contact belongs to"),
            ("name", TEXT, "The contact's name"),
            ("role", TEXT, "What the contact does at the customer"),
            ("email", TEXT, "E-mail address"),
            ("phone", TEXT, "Telephone number, for calls"),
            ("mobile", TEXT, "Mobile number, for texts and calls"),
            ("is_primary", BOOLEAN, "True: asked first; empty: false"),
            ("email_opt_out", BOOLEAN, "True: wants no e-mail; empty: false"),
            ("sms_opt_out", BOOLEAN, "True: wants no text messages; empty: false"),
            ("call_opt_out", BOOLEAN, "True: wants no calls; empty: false"),
        ),
        _table(
            "invoices",
            "one invoice, or one instalment of it",
            "invoice_number instalment",
            ("invoice_number*", TEXT, "The invoice's number"),
            ("instalment", INTEGER, "The instalment's number; empty: the invoice is paid in one"),
            ("customer_number*", TEXT, "The customer who owes it"),
            ("issue_date*", DATE, "The day it was issued"),
            ("due_date", DATE, "The day by which it is to be paid; empty: none agreed"),
            ("currency*", TEXT, "Currency of its amounts, ISO 4217"),
            ("amount*", MONEY, "What was invoiced"),
            ("balance", MONEY, "What was left to pay when the extract was made"),
            ("status", TEXT, "open, paid, draft or void; empty: open"),
            ("paid_on", DATE, "The day it was paid in full"),
            ("disputed", BOOLEAN, "True: the customer disputes it; empty: false"),
            ("disputed_on", DATE, "The day the dispute began"),
            ("dispute_closed_on", DATE, "The day the dispute was closed; from then on it is chased again"),
            ("autopay", BOOLEAN, "True: it is collected automatically and not chased; empty: false"),
            ("url", TEXT, "Where the invoice can be seen"),
            ("pdf", TEXT, "Path of the invoice's PDF below the extract's folder"),
        ),
        _table(
            "transactions",
            "one payment, credit note, write-off, refund or reversal",
            "transaction_id",
            ("transaction_id*", TEXT, "The transaction's number"),
            ("customer_number*", TEXT, "The customer whom it belongs to"),
            ("invoice_number", TEXT, "The invoice it settles; empty: not applied to one yet"),
            ("instalment", INTEGER, "The instalment it settles; empty: the oldest by due date first"),
            ("date*", DATE, "The day from which it counts"),
            ("currency*", TEXT, "Currency of its amount, ISO 4217"),
            ("amount*", MONEY, "Its amount, never negative"),
            ("type*", TEXT, "payment, credit_note, write_off, or, adding back, refund or reversal"),
        ),
    )
}

_UNIT = (
    ("day*", DATE, "The day as of which the row was computed"),
    ("customer_number*", TEXT, "The customer"),
    ("currency*", TEXT, "The account's currency, ISO 4217"),
)

WAREHOUSE_TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table(
            "open_items",
            "one invoice, or instalment of one, with something left to pay on the day",
            "day invoice_number instalment",
            *_UNIT,
            ("invoice_number*", TEXT, "The invoice"),
            ("instalment*", INTEGER, "The instalment's number; 0: the invoice is paid in one"),
            ("invoice_reference*", TEXT, "NUMBER, or NUMBER#INSTALMENT for an instalment"),
            ("issue_date*", DATE, "The day it was issued"),
            ("due_date", DATE, "The day by which it is to be paid; empty: none agreed"),
            ("amount*", MONEY, "What was invoiced"),
            ("open_amount*", MONEY, "What is left to pay on the day"),
            ("days_past_due", INTEGER, "Days since the due date, negative before it; empty: no due date"),
            ("bucket*", TEXT, "Aging bucket: current, 1-30, 31-60, 61-90 or 90+ days past due"),
            ("is_chaseable*", BOOLEAN, "Whether it may be chased, before any cadence's own minimum"),
            ("not_chaseable_because", TEXT, "do_not_chase, autopay, disputed, paused or promise; empty: chaseable"),
            ("held_until", DATE, "Last day of what keeps it from being chased, where one is known"),
            ("url", TEXT, "Where the invoice can be seen"),
        ),
        _table(
            "account_aging",
            "one account (a customer in one currency) with open items or credits on the day",
            "day customer_number currency",
            *_UNIT,
            ("customer_name*", TEXT, "The customer's name"),
            ("balance*", MONEY, "Open amounts less unapplied credits: what the customer owes"),
            ("current_amount*", MONEY, "Open amount not past due"),
            ("days_1_30*", MONEY, "Open amount 1 to 30 days past due"),
            ("days_31_60*", MONEY, "Open amount 31 to 60 days past due"),
            ("days_61_90*", MONEY, "Open amount 61 to 90 days past due"),
            ("days_over_90*", MONEY, "Open amount more than 90 days past due"),
            ("open_amount*", MONEY, "Sum of the five buckets"),
            ("unapplied_credit*", MONEY, "Payments and credits not applied to an open item"),
            ("open_item_count*", INTEGER, "How many items are open"),
            ("account_age_days", INTEGER, "Days since the oldest open item was issued"),
            ("past_due_age_days", INTEGER, "Days since the oldest due date of an open item, negative before it"),
            ("oldest_issue_date", DATE, "Oldest issue date of an open item"),
            ("oldest_due_date", DATE, "Oldest due date of an open item"),
        ),
        _table(
            "step_decisions",
            "one step considered for one unit on the day, with the verdict",
            "day customer_number currency invoice_reference cadence step",
            *_UNIT,
            ("invoice_reference*", TEXT, "The invoice that climbs the cadence; empty: the account does"),
            ("cadence", TEXT, "The cadence; empty: the account is in none"),
            ("cadence_version", INTEGER, "The cadence's version that the unit follows"),
            ("cycle_start", DATE, "First day of the unbroken spell with a positive balance"),
            ("step", TEXT, "The step; empty: the account is in no cadence"),
            ("step_number", INTEGER, "The step's place in the cadence, from 1"),
            ("rung", INTEGER, "The rung that the step belongs to, from 1; steps of a rung go together"),
            ("channel", TEXT, "How the step reaches the customer"),
            ("step_due_date", DATE, "The day the step comes due as things stand; empty: unknown"),
            ("repetition", INTEGER, "0: the step itself; 1, 2, …: its repetitions"),
            ("verdict*", TEXT, "act, done, not_due, superseded, missed, or what it waits for"),
            ("sentence*", TEXT, "The verdict in words"),
        ),
        _table(
            "action_table",
            "one action that is due on the day",
            "action_id action_date",
            ("action_id*", TEXT, "Identity of the action: the same whenever it is computed"),
            ("action_date*", DATE, "The day on which it is due"),
            ("scope*", TEXT, "account or invoice: what climbs the cadence"),
            ("customer_number*", TEXT, "The customer"),
            ("customer_name*", TEXT, "The customer's name"),
            ("currency*", TEXT, "The account's currency, ISO 4217"),
            ("cadence*", TEXT, "The cadence"),
            ("cadence_version*", INTEGER, "The cadence's version that the unit follows"),
            ("cycle_start*", DATE, "First day of the unbroken spell with a positive balance"),
            ("step*", TEXT, "The step"),
            ("step_number*", INTEGER, "The step's place in the cadence, from 1"),
            ("repetition*", INTEGER, "0: the step itself; 1, 2, …: its repetitions"),
            ("channel*", TEXT, "email, sms, letter, auto_call, phone_call or escalate"),
            ("template", TEXT, "The template of the message"),
            ("language*", TEXT, "The language the message is wanted in"),
            ("contact_name", TEXT, "Whom it goes to"),
            ("recipient", TEXT, "Address or number it goes to; empty: unreachable"),
            ("invoice_numbers*", LIST, "The invoices it lists, oldest first"),
            ("invoice_count*", INTEGER, "How many invoices it lists"),
            ("balance*", MONEY, "The account's chaseable balance, or the sum of the invoices' open amounts"),
            ("amount_past_due*", MONEY, "The chaseable amount past its due date"),
            ("account_age_days", INTEGER, "Days since the oldest chaseable item was issued"),
            ("past_due_age_days", INTEGER, "Days since the oldest chaseable due date, negative before it"),
            ("step_due_date*", DATE, "The day the step came due"),
            ("not_before*", INSTANT, "The moment before which it is not carried out"),
            ("not_after", INSTANT, "The moment from which it is not carried out that day: the end of contact hours"),
            ("status*", TEXT, "ready, held (for approval), todo (for a person) or unreachable"),
            ("assigned_to", TEXT, "Team or person who carries it out, where a person does"),
            ("estimated_cost", COST, "What it will cost by the price list"),
            ("cost_currency", TEXT, "Currency of the estimated cost, ISO 4217"),
            ("reason*", TEXT, "Why it is due, in words"),
        ),
        _table(
            "action_units",
            "one step of one unit that an action of the day carries out",
            "day unit_step_id",
            ("day*", DATE, "The day on which the action is due"),
            ("action_id*", TEXT, "The action"),
            ("unit_step_id*", TEXT, "Identity of (unit, cadence, step, cycle, repetition)"),
            ("customer_number*", TEXT, "The customer"),
            ("currency*", TEXT, "The account's currency, ISO 4217"),
            ("invoice_reference*", TEXT, "The invoice that climbs the cadence; empty: the account does"),
            ("cadence*", TEXT, "The cadence"),
            ("step*", TEXT, "The step"),
            ("cycle_start*", DATE, "First day of the cycle"),
            ("repetition*", INTEGER, "0: the step itself; 1, 2, …: its repetitions"),
        ),
        _table(
            "activity_log",
            "one thing that happened",
            "activity_id",
            ("activity_id*", TEXT, "Identity of the activity"),
            ("action_id", TEXT, "The action it belongs to, if any"),
            ("occurred_at*", INSTANT, "When it happened"),
            ("kind*", TEXT, "What happened, e.g. sent, todo_created, note, promise"),
            ("channel", TEXT, "The channel it happened on, if any"),
            ("customer_number", TEXT, "The customer"),
            ("currency", TEXT, "The account's currency, ISO 4217"),
            ("invoice_numbers*", LIST, "The invoices it is about"),
            ("cadence", TEXT, "The cadence"),
            ("step", TEXT, "The step"),
            ("provider", TEXT, "Who carried it out, e.g. sandbox"),
            ("provider_id", TEXT, "The provider's identity of it"),
            ("detail", TEXT, "What else is to be known, in words"),
            ("cost", COST, "What it cost"),
            ("cost_currency", TEXT, "Currency of the cost, ISO 4217"),
            ("actor*", TEXT, "The person or part of the system that did it"),
            ("activity_date*", DATE, "The business day it belongs to, in the company's time zone"),
        ),
        _table(
            "chasing_progress",
            "one account with a balance on the day: where it stands in its cadence",
            "day customer_number currency",
            *_UNIT,
            ("customer_name*", TEXT, "The customer's name"),
            ("cadence", TEXT, "The cadence; empty: the account is in none"),
            ("cadence_version", INTEGER, "The cadence's version that the account follows"),
            ("last_step", TEXT, "The step last carried out in this cycle"),
            ("last_step_on", DATE, "When it was last carried out"),
            ("next_step", TEXT, "The step that comes next"),
            ("next_step_on", DATE, "When it comes due as things stand"),
            ("state*", TEXT, "The verdict on the next step, e.g. act, not_due, promise, finished"),
            ("balance*", MONEY, "What the customer owes"),
            ("oldest_age_days", INTEGER, "Days since the oldest open item was issued"),
        ),
        _table(
            "quarantine",
            "one row of an extract that was rejected",
            "extract_date table_name file line",
            ("extract_date*", DATE, "The extract it was found in"),
            ("table_name*", TEXT, "The table it was meant for"),
            ("file*", TEXT, "The file it stands in"),
            ("line", INTEGER, "Its line in the file (of a Parquet file: its row), from 1"),
            ("column_name", TEXT, "The column at fault; empty: the whole row"),
            ("value", TEXT, "What stands there"),
            ("reason*", TEXT, "Why it can't be used"),
        ),
    )
}
