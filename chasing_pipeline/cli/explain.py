"""The command ``explain``: why one customer is, or is not, chased.

Does not belong here: finding out (``explaining.gathering``).
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
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
    from chasing_pipeline.explaining.records import Account, Explanation, Unit

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
    from chasing_pipeline.explaining.gathering import explain

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
        _tell_account(account, told.day)
    columns = ("activity_date", "kind", "currency", "channel", "step", "detail", "actor")
    headings = ("day", "what", "currency", "channel", "step", "detail", "by")
    history = [[_text(row[name]) for name in columns] for row in told.activities if row["kind"] != "claimed"]
    _print_filled("What happened", headings, history)


def _tell_account(account: "Account", day: date) -> None:
    text = f"Account in {account.currency}: balance {account.balance:,.2f}"
    if account.unapplied_credit:
        text += f" (open {account.open_amount:,.2f} less credits of {account.unapplied_credit:,.2f})"
    age = account.past_due_age_days
    if age is not None:
        text += f", oldest item {_days(age)} past due" if age > 0 else f", oldest item {_due_in(-age)}"
    output.print()
    output.print(text, style="bold", markup=False)
    words = ("current", "1-30", "31-60", "61-90", "over 90 days past due")
    amounts = (f"{amount:,.2f} {word}" for word, amount in zip(words, account.aging.values(), strict=True))
    output.print(f"By age: {', '.join(amounts)}", markup=False)
    headings = ("invoice", "issued", "due", "open", "days past due", "not chased because", "until")
    items = [
        [
            item["invoice_reference"],
            _text(item["issue_date"]),
            _text(item["due_date"]),
            f"{item['open_amount']:,.2f}",
            _text(item["days_past_due"]),
            _text(item["not_chaseable_because"]),
            _text(item["held_until"]),
        ]
        for item in account.items
    ]
    _print_filled("", headings, items)
    if not account.units:
        output.print(account.sentence or "Nothing to decide: the account owes nothing.", markup=False)
    for unit in account.units:
        _tell_ladder(unit, day)


def _tell_ladder(unit: "Unit", day: date) -> None:
    title = f"Invoice {unit.invoice_reference}: cadence" if unit.invoice_reference else "Cadence"
    title += f" {unit.cadence}, version {unit.cadence_version}, cycle since {unit.cycle_start}"
    if unit.held_by:
        title += f"; on hold ({unit.held_by})" + (f" until {unit.held_until}" if unit.held_until else "")
    coming = min((step.acts_on for step in unit.steps if step.acts_on), default=None)
    rows = [
        [
            ("today" if coming == day else "next") if step.acts_on and step.acts_on == coming else "",
            step.step,
            step.channel,
            ", ".join(map(str, step.done)),
            _text(step.step_due_date),
            step.verdict,
            _text(step.acts_on),
            step.sentence,
        ]
        for step in unit.steps
    ]
    _print_filled(title, ("", "step", "channel", "done", "due", "verdict", "acts on", "why"), rows)


def _print_filled(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table without the columns that say nothing in any row; nothing where there is no row."""
    if rows:
        if title:
            output.print(title, style="bold", markup=False)
        filled = [at for at in range(len(headings)) if any(row[at] for row in rows)]
        print_table(output, "", [headings[at] for at in filled], [[row[at] for at in filled] for row in rows])


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _due_in(days: int) -> str:
    return f"due in {_days(days)}" if days else "due on this day"
