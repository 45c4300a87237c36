"""The command ``explain``: why one customer is, or is not, chased.

Does not belong here: finding out (``explaining.gathering``).
"""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chasing_pipeline.cli.options import (
    DayOption,
    Format,
    FormatOption,
    HomeOption,
    open_home,
    output,
    print_json,
    print_rows,
    print_table,
)

if TYPE_CHECKING:
    from chasing_pipeline.cli.explaining.records import Account, Explanation, Unit

LADDER_COLUMNS = (
    "day", "customer_number", "currency", "invoice_reference", "cadence", "cadence_version", "cycle_start",
    "step_number", "rung", "step", "channel", "done_on", "verdict", "sentence", "step_due_date", "acts_on", "held_by",
    "held_until", "balance",
)  # fmt: skip
"""The columns of the format csv, one row per step of each unit."""


def register(app: typer.Typer) -> None:
    """Add this family to the command."""
    app.command()(explain)


def explain(
    customer: Annotated[str, typer.Argument(help="The customer's number.", show_default=False)],
    home: HomeOption = None,
    day: DayOption = None,
    form: FormatOption = Format.TABLE,
) -> None:
    """Say why a customer is, or is not, chased on the day, and what comes next.

    First the answer in a sentence; then, for each account, the balance and its age, the whole ladder of steps with
    what was done, what holds it and the next run day on which a step acts; then what happened so far.

    Examples:

        chasing explain C1008

        chasing explain C1008 --date 2026-03-18

        chasing explain C1008 --format json
    """
    from chasing_pipeline.cli.explaining.gathering import explain

    chasing = open_home(home)
    told = explain(chasing, customer, day or chasing.clock.today())
    if form is Format.JSON:
        print_json(asdict(told))
    elif form is Format.CSV:
        print_rows(list(_ladder_rows(told)), LADDER_COLUMNS, form)
    else:
        _tell(told)


def _ladder_rows(told: "Explanation") -> Iterator[dict[str, Any]]:
    nothing = dict.fromkeys(LADDER_COLUMNS)
    for account in told.accounts:
        whose = {**nothing, "day": told.day, "customer_number": told.customer_number, "currency": account.currency,
                 "balance": account.balance}  # fmt: skip
        if not account.units:
            yield {**whose, "verdict": account.verdict, "sentence": account.sentence}
        for unit in account.units:
            for step in unit.steps:
                values = {**asdict(unit), **asdict(step), "done_on": [done.on for done in step.done]}
                yield {**whose, **{name: values[name] for name in LADDER_COLUMNS if name in values}}


def _tell(told: "Explanation") -> None:
    for answer in told.answers:
        output.print(answer, style="bold", markup=False)
    about = f"{told.customer_number} {told.customer_name}, as of {told.day}, from the extract of {told.extract_day}"
    output.print(about, markup=False)
    for account in told.accounts:
        _tell_account(account)
    columns = ("activity_date", "kind", "currency", "channel", "step", "detail", "actor")
    history = [
        ["" if row[name] is None else str(row[name]) for name in columns]
        for row in told.activities
        if row["kind"] != "claimed"
    ]
    if history:
        headings = ("day", "what", "currency", "channel", "step", "detail", "by")
        print_table(output, "What happened", headings, history)


def _tell_account(account: "Account") -> None:
    text = f"Account in {account.currency}: balance {account.balance}"
    if account.unapplied_credit:
        text += f" (open {account.open_amount}, credits {account.unapplied_credit})"
    age = account.past_due_age_days
    if age is not None:
        text += f", oldest item {age} days past due" if age > 0 else f", oldest item due in {-age} days"
    output.print(text, style="bold", markup=False)
    words = ("current", "1-30 days", "31-60 days", "61-90 days", "over 90 days")
    amounts = (f"{word} {amount}" for word, amount in zip(words, account.aging.values(), strict=True))
    output.print(f"By days past due: {', '.join(amounts)}", markup=False)
    columns = ("invoice_reference", "issue_date", "due_date", "open_amount", "days_past_due", "not_chaseable_because",
               "held_until")  # fmt: skip
    if account.items:
        print_rows(account.items, columns, Format.TABLE)
    if not account.units:
        output.print(account.sentence or "Nothing to decide: the account owes nothing.", markup=False)
    for unit in account.units:
        _tell_ladder(unit)


def _tell_ladder(unit: "Unit") -> None:
    title = f"Invoice {unit.invoice_reference}: cadence" if unit.invoice_reference else "Cadence"
    title += f" {unit.cadence}, version {unit.cadence_version}, cycle since {unit.cycle_start}"
    if unit.held_by:
        title += f", held ({unit.held_by})" + (f" until {unit.held_until}" if unit.held_until else "")
    rows = [
        [
            step.step,
            step.channel,
            ", ".join(map(str, step.done)),
            str(step.step_due_date or ""),
            step.verdict,
            str(step.acts_on or ""),
            step.sentence,
        ]
        for step in unit.steps
    ]
    print_table(output, title, ("step", "channel", "done", "due", "verdict", "acts on", "why"), rows)
