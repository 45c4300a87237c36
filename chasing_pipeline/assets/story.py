"""What a day's published tables say, as metadata of the assets: numbers for every day, tables and charts for the
newest ones. All days are read in one statement each; metadata holds no names, addresses or texts.

The keys stay the same from day to day, so that the UI draws the numbers as lines. Does not belong here: computing the
tables (``planning``), drawing (``charts``).
"""

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from dagster import MetadataValue, TableMetadataValue, TableRecord

from chasing_pipeline.assets.charts import BUCKET_COLOURS, bars, columns, stacked
from chasing_pipeline.assets.lineage import column_lineage
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.engine.scratch import scratch_folder
from chasing_pipeline.engine.warehouse import Warehouse

RICH_DAYS = 31
"""So many of a run's newest days get tables and charts; the others have their numbers."""
USUAL_DAYS = 30
"""Days before the day that what is planned is compared with."""
MOST_ROWS = 25
CHANGING_TABLES = {"account_aging": "aging_before", "action_table": "actions_before"}
"""The tables of which is shown what changed against what was published before, and under which name that is read."""
BUCKETS = ("current_amount", "days_1_30", "days_31_60", "days_61_90", "days_over_90")
BUCKET_NAMES = ("not due", "1-30", "31-60", "61-90", "90+")
OUTCOMES = {"sent": "sent", "todo_created": "put on the to-do list", "failed": "failed", "in_doubt": "in doubt"}

Row = dict[str, Any]
Metadata = dict[str, Any]
Told = dict[tuple[str, date], Metadata]
"""The metadata of each table and day."""


class Before:
    """What had been published for some days before a run replaced it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, warehouse: Warehouse, days: Iterable[date]) -> None:
        """Keep the files of these days, which a publication would replace."""
        for table in CHANGING_TABLES:
            (self._folder / table).mkdir(exist_ok=True)
            for day in days:
                if warehouse.has(table, day):
                    _link(warehouse.path(table, day), self._folder / table / f"{day}.parquet")

    def days(self, table: str) -> list[date]:
        """The days of which there is something to compare with."""
        return sorted(date.fromisoformat(path.stem) for path in (self._folder / table).glob("*.parquet"))

    def path(self, table: str, day: date) -> Path:
        """The file that was kept."""
        return self._folder / table / f"{day}.parquet"


@contextmanager
def kept_before(warehouse: Warehouse) -> Iterator[Before]:
    """A place for what is about to be replaced, gone afterwards."""
    warehouse.root.mkdir(parents=True, exist_ok=True)
    with scratch_folder(warehouse.root, ".before-") as folder:
        yield Before(folder)


class Story:
    """Tells about the published tables of some days; ``rich_from``: the first day that gets tables and charts."""

    def __init__(self, warehouse: Warehouse, engine: DuckDBEngine, days: Sequence[date], rich_from: date) -> None:
        self._warehouse = warehouse
        self._engine = engine
        self._days = days
        self._rich = {day for day in days if day >= rich_from}
        self._told: Told = defaultdict(dict)

    def plan(self, before: Before) -> Told:
        """About receivables, decisions and actions, and what changed since they were published ``before``."""
        for table in ("open_items", "account_aging", "step_decisions", "action_units", "action_table"):
            self._read(table, self._days)
        self._aging()
        self._open_items()
        self._decisions()
        self._units()
        self._actions()
        self._changes(before)
        return self._with_lineage()

    def progress(self) -> Told:
        """About where every account stands, and about what went out the day before."""
        self._read("chasing_progress", self._days)
        self._states()
        self._yesterday()
        return self._with_lineage()

    def outcomes(self) -> Told:
        """About what happened on the days."""
        self._read("activity_log", self._days)
        for day, rows in self._by_day("outcomes_by_channel").items():
            told = self._told["activity_log", day]
            told["dagster/row_count"] = sum(row["activity_count"] for row in rows)
            for kind, name in OUTCOMES.items():
                told[name] = sum(row["activity_count"] for row in rows if row["kind"] == kind)
            told["activities by channel"] = _table(_outcomes(rows))
            for row in rows:
                if row["cost_currency"] and row["cost"] is not None:
                    key = f"cost {row['cost_currency']}"
                    told[key] = told.get(key, 0.0) + float(row["cost"])
        self._failures()
        return self._with_lineage()

    def _with_lineage(self) -> Told:
        """What was told, and on the newest day where columns come from: readers look at the last one only."""
        for (table, day), told in self._told.items():
            if day == self._days[-1]:
                told["dagster/column_lineage"] = column_lineage(table)
        return self._told

    def _read(self, table: str, days: Iterable[date], name: str | None = None) -> None:
        self._engine.attach_parquet(name or table, *(self._warehouse.path(table, day) for day in days))

    def _by_day(self, name: str, only_rich: bool = False) -> dict[date, list[Row]]:
        """The rows of a statement for each day, also for days without any."""
        rows = self._engine.rows(f"story/{name}")
        found = {day: list(some) for day, some in groupby(rows, key=lambda row: row["day"])}
        return {day: found.get(day, []) for day in self._days if day in self._rich or not only_rich}

    def _aging(self) -> None:
        for day, rows in self._by_day("aging_by_bucket").items():
            told = self._told["account_aging", day]
            told["dagster/row_count"] = sum(row["account_count"] for row in rows)
            told["accounts owing"] = sum(row["owing_count"] for row in rows)
            for row in rows:
                told[f"balance {row['currency']}"] = float(row["balance"])
                past_due = sum(row[name] for name in BUCKETS[1:])
                told[f"past due {row['currency']}"] = float(past_due)
            if day in self._rich:
                shares = [(row["currency"], [float(row[name]) for name in BUCKETS]) for row in rows]
                note = "Shares of what is open, from left to right: " + ", ".join(BUCKET_NAMES) + " days past due."
                told["aging"] = stacked("Aging by currency", shares, BUCKET_COLOURS, note)
                told["aging by bucket"] = _table(_aged(row) for row in rows)

    def _open_items(self) -> None:
        for day, rows in self._by_day("items_by_hold").items():
            told, held = self._told["open_items", day], [row for row in rows if row["hold"] != "chaseable"]
            told["dagster/row_count"] = sum(row["item_count"] for row in rows)
            told["items held"] = sum(row["item_count"] for row in held)
            for currency in sorted({row["currency"] for row in rows}):
                told[f"held {currency}"] = float(sum(row["open_amount"] for row in held if row["currency"] == currency))
            if day in self._rich:
                told["items by hold"] = _table(
                    {
                        "hold": row["hold"],
                        "currency": row["currency"],
                        "items": row["item_count"],
                        "open amount": _money(row["open_amount"]),
                        "longest until": _text(row["longest_until"]),
                    }
                    for row in rows
                )

    def _decisions(self) -> None:
        for day, rows in self._by_day("steps_by_verdict").items():
            told = self._told["step_decisions", day]
            told["dagster/row_count"] = sum(row["step_count"] for row in rows)
            told.update({f"verdict {row['verdict']}": row["step_count"] for row in rows})
            if day in self._rich:
                told["steps by verdict"] = bars("Steps by verdict", [(r["verdict"], r["step_count"]) for r in rows])
                told["verdicts"] = _table(
                    {"verdict": row["verdict"], "steps": row["step_count"], "accounts": row["account_count"]}
                    for row in sorted(rows, key=lambda row: -row["step_count"])
                )
        for day, rows in self._by_day("largest_without_cadence", only_rich=True).items():
            self._told["step_decisions", day]["largest balances without a cadence"] = _table(
                {
                    "customer number": row["customer_number"],
                    "currency": row["currency"],
                    "balance": _money(row["balance"]),
                    "account age in days": _text(row["account_age_days"]),
                    "days past due": _text(row["past_due_age_days"]),
                }
                for row in rows
            )

    def _units(self) -> None:
        for day, rows in self._by_day("rows_by_day").items():
            self._told["action_units", day]["dagster/row_count"] = sum(row["row_count"] for row in rows)

    def _actions(self) -> None:
        currencies = {row["currency"] for row in self._engine.rows("story/aging_by_bucket")}
        for day, rows in self._by_day("actions_by_channel").items():
            told = self._told["action_table", day]
            told.update(_action_numbers(rows, sorted(currencies)))
            if day in self._rich:
                counts = {channel.value: told[f"channel {channel.value}"] for channel in Channel}
                told["actions by channel"] = bars("Actions by channel", [*counts.items()])
                told["actions by channel and cadence"] = _table(_planned(rows))
        if self._rich:
            self._usual()

    def _usual(self) -> None:
        """Planned against the days before, for as many of them as were published."""
        first = min(self._rich) - timedelta(days=USUAL_DAYS)
        published = [day for day in self._warehouse.days("action_table") if first <= day <= max(self._rich)]
        self._read("action_table", published)
        counts = {row["day"]: row["action_count"] for row in self._engine.rows("story/actions_by_day")}
        self._read("action_table", self._days)
        for day in sorted(self._rich):
            window = [some for some in published if day - timedelta(days=USUAL_DAYS) <= some <= day]
            note = f"Actions a day since {window[0]}; the last column is {day}."
            self._told["action_table", day]["planned against the last 30 days"] = columns(
                "Actions planned by day", [counts.get(some, 0) for some in window], note
            )

    def _changes(self, before: Before) -> None:
        for table, name in CHANGING_TABLES.items():
            days = [day for day in before.days(table) if day in self._days]
            if not days:
                continue
            self._read(table, days)
            self._engine.attach_parquet(name, *(before.path(table, day) for day in days))
            statement = "aging_changes" if table == "account_aging" else "action_changes"
            found = self._by_day(statement)
            for day in days:
                told = self._told[table, day]
                for change in ("added", "removed", "changed"):
                    told[f"rows {change}"] = sum(row["change"] == change for row in found[day])
                if day in self._rich and found[day]:
                    told["what changed"] = _table({_name(k): _text(v) for k, v in row.items() if k != "day"}
                                                  for row in found[day])  # fmt: skip
            self._read(table, self._days)

    def _states(self) -> None:
        for day, rows in self._by_day("accounts_by_state").items():
            told = self._told["chasing_progress", day]
            told["dagster/row_count"] = sum(row["account_count"] for row in rows)
            if day in self._rich:
                told["accounts by state"] = _table(
                    {
                        "state": row["state"],
                        "currency": row["currency"],
                        "accounts": row["account_count"],
                        "balance": _money(row["balance"]),
                    }
                    for row in rows
                )
        for day, rows in self._by_day("largest_waiting", only_rich=True).items():
            self._told["chasing_progress", day]["largest balances that wait"] = _table(
                {_name(name): _text(value) for name, value in row.items() if name != "day"} for row in rows
            )

    def _yesterday(self) -> None:
        known = {day: day - timedelta(days=1) for day in sorted(self._rich)}
        known = {day: past for day, past in known.items() if self._warehouse.has("activity_log", past)}
        if not known:
            return
        self._read("activity_log", known.values())
        rows = self._engine.rows("story/outcomes_by_channel")
        for day, past in known.items():
            of_day = [row for row in rows if row["day"] == past]
            self._told["chasing_progress", day]["outcomes of the day before"] = _table(_outcomes(of_day))

    def _failures(self) -> None:
        planned = [day for day in self._days if self._warehouse.has("step_decisions", day)]
        if not planned:
            return
        self._read("step_decisions", planned)
        for day, rows in self._by_day("failed_actions", only_rich=True).items():
            if rows:
                self._told["activity_log", day]["what did not go out"] = _table(
                    {_name(name): _text(value) for name, value in row.items() if name != "day"} for row in rows
                )


def rich_from(days: Sequence[date]) -> date:
    """The first of a run's days (sorted) that gets tables and charts."""
    return days[-1] - timedelta(days=RICH_DAYS - 1)


def _action_numbers(rows: Sequence[Row], currencies: Sequence[str]) -> Metadata:
    total = sum(row["action_count"] for row in rows)
    numbers: Metadata = {
        "dagster/row_count": total,
        "actions owed": total,
        "calls to make": sum(r["action_count"] for r in rows if r["channel"] == Channel.PHONE_CALL),
        "unreachable": sum(row["action_count"] for row in rows if row["status"] == "unreachable"),
        "held for approval": sum(row["action_count"] for row in rows if row["status"] == "held"),
    }
    for channel in Channel:
        numbers[f"channel {channel}"] = sum(row["action_count"] for row in rows if row["channel"] == channel)
    for currency in currencies:
        chased = sum(row["balance"] for row in rows if row["currency"] == currency)
        numbers[f"balance chased {currency}"] = float(chased)
    for row in rows:
        if row["estimated_cost"] is not None and row["cost_currency"]:
            key = f"estimated cost {row['cost_currency']}"
            numbers[key] = numbers.get(key, 0.0) + float(row["estimated_cost"])
    return numbers


def _planned(rows: Iterable[Row]) -> Iterator[Metadata]:
    for row in rows:
        yield {
            "channel": row["channel"],
            "cadence": row["cadence"],
            "currency": row["currency"],
            "status": row["status"],
            "actions": row["action_count"],
            "balance": _money(row["balance"]),
        }


def _outcomes(rows: Iterable[Row]) -> Iterator[Metadata]:
    for row in rows:
        cost = "" if row["cost"] is None else f"{row['cost']:.4f} {row['cost_currency']}"
        yield {"kind": row["kind"], "channel": row["channel"], "activities": row["activity_count"], "cost": cost}


def _aged(row: Row) -> Metadata:
    amounts = {name: _money(row[bucket]) for name, bucket in zip(BUCKET_NAMES, BUCKETS, strict=True)}
    credit = {"credits": _money(row["unapplied_credit"]), "balance": _money(row["balance"])}
    return {"currency": row["currency"], "accounts": row["account_count"], **amounts, **credit}


def _table(rows: Iterable[Metadata]) -> TableMetadataValue:
    """A table of at most so many rows; the UI needs one at least."""
    records = [TableRecord(row) for row in rows][:MOST_ROWS]
    return MetadataValue.table(records or [TableRecord({"rows": "none"})])


def _money(amount: Any) -> str:
    return f"{amount:,.2f}"


def _text(value: Any) -> str:
    return "" if value is None else f"{value:,.2f}" if hasattr(value, "quantize") else str(value)


def _name(column: str) -> str:
    return column.replace("_", " ")


def _link(source: Path, target: Path) -> None:
    """A second name for the file, or a copy of it where the file system knows none."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)
