"""From which columns each column of a table is made, in the orchestrator's own form.

Columns that are not named here come from the column of the same name in the first table named after ``=``; those that
the pipeline makes up by itself (verdicts, ids, sentences) have no origin. Does not belong here: what columns mean
(``domain.tables``).
"""

from dagster import AssetKey, TableColumnDep, TableColumnLineage

from chasing_pipeline.domain.tables import EXTRACT_TABLES, WAREHOUSE_TABLES

ORIGINS = {
    "open_items": """
        = invoices
        invoice_reference: invoices.invoice_number invoices.instalment
        open_amount: invoices.amount invoices.balance invoices.paid_on transactions.amount transactions.date
        days_past_due: invoices.due_date
        bucket: invoices.due_date
        is_chaseable: customers.chase customers.autopay invoices.autopay invoices.disputed invoices.disputed_on
        not_chaseable_because: customers.chase customers.autopay invoices.autopay invoices.disputed
        held_until: invoices.dispute_closed_on
    """,
    "account_aging": """
        = open_items
        customer_name: customers.name
        balance: open_items.open_amount transactions.amount
        current_amount: open_items.open_amount open_items.bucket
        days_1_30: open_items.open_amount open_items.bucket
        days_31_60: open_items.open_amount open_items.bucket
        days_61_90: open_items.open_amount open_items.bucket
        days_over_90: open_items.open_amount open_items.bucket
        unapplied_credit: transactions.amount
        open_item_count: open_items.invoice_reference
        account_age_days: open_items.issue_date
        past_due_age_days: open_items.due_date
        oldest_issue_date: open_items.issue_date
        oldest_due_date: open_items.due_date
    """,
    "step_decisions": """
        = account_aging
        invoice_reference: open_items.invoice_reference
        cycle_start: account_aging.balance
        step_due_date: open_items.issue_date open_items.due_date
        verdict: account_aging.balance open_items.is_chaseable open_items.issue_date open_items.due_date contacts.email
        sentence: account_aging.balance open_items.not_chaseable_because open_items.held_until
    """,
    "action_units": "= step_decisions",
    "action_table": """
        = step_decisions
        action_id: action_units.action_id
        action_date: step_decisions.day
        customer_name: customers.name
        language: customers.language
        contact_name: contacts.name
        recipient: contacts.email contacts.phone contacts.mobile customers.address1
        invoice_numbers: open_items.invoice_reference
        invoice_count: open_items.invoice_reference
        balance: open_items.open_amount account_aging.unapplied_credit
        amount_past_due: open_items.open_amount open_items.days_past_due
        account_age_days: open_items.issue_date
        past_due_age_days: open_items.due_date
        not_before: customers.timezone
        not_after: customers.timezone
        status: step_decisions.verdict step_decisions.channel
        reason: step_decisions.sentence
    """,
    "activity_log": """
        = action_table
        activity_date: action_table.action_date
        cost: action_table.estimated_cost
    """,
    "chasing_progress": """
        = account_aging
        cadence: step_decisions.cadence
        cadence_version: step_decisions.cadence_version
        last_step: activity_log.step
        last_step_on: activity_log.activity_date
        next_step: step_decisions.step
        next_step_on: step_decisions.step_due_date
        state: step_decisions.verdict activity_log.kind
        oldest_age_days: account_aging.account_age_days
    """,
    "quarantine": "",
}
"""For each table, lines of ``column: table.column table.column``."""


def column_lineage(table: str) -> TableColumnLineage:
    """Where the columns of ``table``, one of the warehouse's, come from."""
    default, origins = "", {}
    for line in filter(None, map(str.strip, ORIGINS[table].splitlines())):
        if line.startswith("="):
            default = line.removeprefix("=").strip()
        else:
            column, _, sources = line.partition(": ")
            origins[column] = [tuple(source.split(".")) for source in sources.split()]
    known = {**EXTRACT_TABLES, **WAREHOUSE_TABLES}
    for column in WAREHOUSE_TABLES[table].column_names:
        if column not in origins and default and column in known[default].column_names:
            origins[column] = [(default, column)]
    return TableColumnLineage(
        {
            column: [TableColumnDep(asset_key=AssetKey(source), column_name=name) for source, name in sources]
            for column, sources in origins.items()
        }
    )


def sources_of(table: str) -> set[str]:
    """The tables that ``table`` takes columns from."""
    found = column_lineage(table).deps_by_column.values()
    return {dep.asset_key.to_user_string() for deps in found for dep in deps}
