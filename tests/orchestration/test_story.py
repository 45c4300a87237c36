"""What the orchestrator shows of a day: numbers under stable names, charts that fit, what changed, and no person."""

import base64
import json
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest
from dagster import (
    AssetKey,
    DagsterInstance,
    Definitions,
    MarkdownMetadataValue,
    TableColumnLineageMetadataValue,
    TableMetadataValue,
)

from chasing_pipeline.assets import story
from chasing_pipeline.assets.charts import BUCKET_COLOURS, LONGEST, bars, columns, stacked
from chasing_pipeline.assets.lineage import ORIGINS, column_lineage, sources_of
from chasing_pipeline.assets.specs import DEPENDENCIES
from chasing_pipeline.definitions import build_definitions
from chasing_pipeline.domain.tables import EXTRACT_TABLES, WAREHOUSE_TABLES
from tests.conftest import GENERATED, SAMPLE
from tests.orchestration.conftest import EveningChasing
from tests.orchestration.runs import run_daily, run_dispatch

DAY = date(2026, 3, 18)
At = Callable[[Path, date], Definitions]
ALWAYS = {
    "open_items": {"dagster/row_count", "items held", "held EUR", "held GBP", "held USD", "held CAD"},
    "account_aging": {"dagster/row_count", "accounts owing", "balance GBP", "past due GBP", "balance EUR"},
    "action_table": {
        "dagster/row_count", "actions owed", "calls to make", "unreachable", "held for approval", "channel email",
        "channel sms", "channel letter", "channel auto_call", "channel phone_call", "channel escalate",
        "balance chased GBP", "balance chased EUR", "balance chased USD", "balance chased CAD",
    },
    "step_decisions": {"dagster/row_count", "verdict act", "verdict not_due"},
}  # fmt: skip
PICTURES = {
    "open_items": {"items by hold"},
    "account_aging": {"aging", "aging by bucket"},
    "step_decisions": {"steps by verdict", "verdicts", "largest balances without a cadence"},
    "action_table": {"actions by channel", "actions by channel and cadence", "planned against the last 30 days"},
    "chasing_progress": {"accounts by state", "largest balances that wait"},
}
MADE_BY_THE_PIPELINE = {
    "open_items": {"day"},
    "step_decisions": {"cadence", "cadence_version", "step", "step_number", "rung", "channel", "repetition"},
    "action_units": {"action_id", "unit_step_id"},
    "action_table": {"scope", "template", "assigned_to", "estimated_cost", "cost_currency"},
    "activity_log": {"activity_id", "occurred_at", "kind", "provider", "provider_id", "detail", "actor"},
    "quarantine": set(WAREHOUSE_TABLES["quarantine"].column_names),
}
"""Columns without an origin in another table."""


def metadata(instance: DagsterInstance, table: str, day: date) -> Mapping[str, Any]:
    """What the newest materialisation of a table and day says."""
    records = instance.fetch_materializations(AssetKey(table), limit=1000).records
    for record in records:
        found = record.asset_materialization
        if found is not None and found.partition == day.isoformat():
            return found.metadata
    raise AssertionError(f"{table} of {day} was not materialised")


def plain(value: Any) -> Any:
    return value.value if hasattr(value, "value") else value


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, DagsterInstance]]:
    """The sample home after two days were planned and carried out, and what the orchestrator remembers of them."""
    home = Path(shutil.copytree(SAMPLE, tmp_path_factory.mktemp("story") / "home", ignore=GENERATED))
    with DagsterInstance.ephemeral() as instance:
        for day in (DAY - timedelta(days=1), DAY):
            definitions = build_definitions(chasing=EveningChasing(home, day), last=day)
            run_daily(definitions, instance, day)
            assert run_dispatch(definitions, instance, day).success
        yield home, instance


@pytest.mark.parametrize("table", ALWAYS)
def test_numbers_by_day_stand_under_names_that_stay(played: tuple[Path, DagsterInstance], table: str) -> None:
    for day in (DAY - timedelta(days=1), DAY):
        found = metadata(played[1], table, day)
        assert set(found) >= ALWAYS[table], day
        assert all(isinstance(plain(found[name]), int | float) for name in ALWAYS[table])


@pytest.mark.parametrize("table", PICTURES)
def test_tables_and_charts_answer_the_mornings_questions(played: tuple[Path, DagsterInstance], table: str) -> None:
    found = metadata(played[1], table, DAY)
    assert set(found) >= PICTURES[table]
    for name in PICTURES[table]:
        assert isinstance(found[name], MarkdownMetadataValue | TableMetadataValue), name


def test_the_numbers_are_those_of_the_published_tables(played: tuple[Path, DagsterInstance]) -> None:
    home, instance = played
    with duckdb.connect(str(home / "warehouse" / "chasing.duckdb"), read_only=True) as connection:
        one = "select count(*) from action_table where action_date = $1"
        actions = connection.execute(one, [DAY]).fetchall()
        chased = connection.execute(
            "select sum(balance) from action_table where action_date = $1 and currency = 'EUR'", [DAY]
        ).fetchall()
        owed = connection.execute("select sum(balance) from account_aging where day = $1 and currency = 'EUR'", [DAY])
        assert plain(metadata(instance, "account_aging", DAY)["balance EUR"]) == float(owed.fetchall()[0][0])
        sent = "select count(*) from activity_log where activity_date = $1 and kind = 'sent'"
        assert (
            plain(metadata(instance, "activity_log", DAY)["sent"]) == connection.execute(sent, [DAY]).fetchall()[0][0]
        )
    found = metadata(instance, "action_table", DAY)
    assert plain(found["actions owed"]) == actions[0][0]
    assert plain(found["balance chased EUR"]) == pytest.approx(float(chased[0][0] or 0))
    assert sum(plain(found[name]) for name in found if name.startswith("channel ")) == actions[0][0]


def test_what_went_out_yesterday_and_what_failed_is_shown(played: tuple[Path, DagsterInstance]) -> None:
    _, instance = played
    rows = metadata(instance, "chasing_progress", DAY)["outcomes of the day before"].records
    assert {row.data["kind"] for row in rows} >= {"sent", "failed", "todo_created"}
    failed = metadata(instance, "activity_log", DAY - timedelta(days=1))["what did not go out"].records
    assert {row.data["verdict"] for row in failed} & {"no_contact", "opted_out"}


def test_metadata_names_no_person_and_no_address(played: tuple[Path, DagsterInstance]) -> None:
    home, instance = played
    text = json.dumps(
        [
            str({name: getattr(plain(v), "records", plain(v)) for name, v in (m.metadata or {}).items()})
            for table in WAREHOUSE_TABLES
            for record in instance.fetch_materializations(AssetKey(table), limit=1000).records
            if (m := record.asset_materialization) is not None
        ],
        ensure_ascii=False,
    )
    assert "C10" in text, "customer numbers are there, so names would be found"
    with duckdb.connect() as connection:
        folder = home / "extracts" / DAY.isoformat()
        rows = connection.execute(
            f"select name, address1, null, null from read_csv('{folder}/customers.csv', all_varchar = true) "
            f"union all select name, email, phone, mobile from read_csv('{folder}/contacts.csv', all_varchar = true)"
        ).fetchall()
    said = {value for row in rows for value in row if value and len(value) > 4}
    assert len(said) > 100
    assert [value for value in said if value in text] == []


@pytest.mark.parametrize("count", [0, 1, 5, 60])
def test_a_chart_is_an_image_that_is_shown_at_once(count: int) -> None:
    rows = [(f"label number {number}", float(number)) for number in range(count)]
    charts = [
        bars("Bars", rows),
        stacked("Stacked", [(name, [value, 1, 2, 3, 4]) for name, value in rows], BUCKET_COLOURS, "In words."),
        columns("Columns", [value for _, value in rows], "In words."),
    ]
    for chart in charts:
        text = chart.value or ""
        assert len(text) <= LONGEST
        image = re.search(r"data:image/svg\+xml;base64,([^)]*)\)", text)
        assert image
        ElementTree.fromstring(base64.b64decode(image[1]))


def test_of_a_long_range_the_newest_days_get_tables_and_charts_and_all_their_numbers(
    sample_home: Path, definitions_at: At, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(story, "RICH_DAYS", 2)
    run_daily(definitions_at(sample_home, DAY), instance, DAY - timedelta(days=3), DAY)
    for ago in range(4):
        found = metadata(instance, "action_table", DAY - timedelta(days=ago))
        assert set(found) >= ALWAYS["action_table"]
        assert ("actions by channel" in found) is (ago < 2), ago


def test_a_day_computed_again_after_a_late_extract_shows_what_changed(
    sample_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    definitions = definitions_at(sample_home, DAY)
    run_daily(definitions, instance, DAY)
    assert "rows changed" not in metadata(instance, "account_aging", DAY), "there was nothing before"
    run_daily(definitions, instance, DAY)
    found = metadata(instance, "account_aging", DAY)
    assert [plain(found[f"rows {what}"]) for what in ("added", "removed", "changed")] == [0, 0, 0]
    # the late extract brings one payment of the account that owes most
    with duckdb.connect(str(sample_home / "warehouse" / "chasing.duckdb"), read_only=True) as connection:
        customer, currency, balance = connection.execute(
            "select customer_number, currency, balance from account_aging where day = $1 and customer_number in "
            "(select customer_number from action_table where action_date = $1) order by balance desc limit 1", [DAY]
        ).fetchall()[0]  # fmt: skip
    path = sample_home / "extracts" / DAY.isoformat() / "transactions.csv"
    header = path.read_text().splitlines()[0].split(",")
    values = {
        "transaction_id": "LATE-1", "customer_number": customer, "date": DAY.isoformat(), "currency": currency,
        "amount": str(balance), "type": "payment",
    }  # fmt: skip
    path.write_text(path.read_text().rstrip("\n") + "\n" + ",".join(values.get(name, "") for name in header) + "\n")
    run_daily(definitions, instance, DAY)
    aging = metadata(instance, "account_aging", DAY)
    assert plain(aging["rows changed"]) == 1
    (row,) = aging["what changed"].records
    assert (row.data["customer number"], row.data["balance before"], row.data["balance now"]) == (
        customer,
        f"{balance:,.2f}",
        "0.00",
    )
    actions = metadata(instance, "action_table", DAY)
    assert plain(actions["rows removed"]) >= 1
    assert plain(actions["rows added"]) == 0
    assert not list((sample_home / "warehouse").glob(".before-*"))


def test_every_column_of_a_computed_table_has_its_origin() -> None:
    known = {**EXTRACT_TABLES, **WAREHOUSE_TABLES}
    assert set(ORIGINS) == set(WAREHOUSE_TABLES)
    for table in ORIGINS:
        lineage = column_lineage(table)
        without = set(WAREHOUSE_TABLES[table].column_names) - set(lineage.deps_by_column)
        assert without <= MADE_BY_THE_PIPELINE.get(table, set()), table
        for column, origins in lineage.deps_by_column.items():
            assert column in WAREHOUSE_TABLES[table].column_names
            for origin in origins:
                assert origin.column_name in known[origin.asset_key.to_user_string()].column_names


def upstream(table: str) -> set[str]:
    direct = set(DEPENDENCIES.get(table, ()))
    return direct | {further for other in direct for further in upstream(other)}


def test_columns_come_from_tables_that_lie_upstream() -> None:
    assert [
        (table, sources_of(table) - upstream(table)) for table in ORIGINS if sources_of(table) - upstream(table)
    ] == []


def test_the_newest_day_says_where_columns_come_from(played: tuple[Path, DagsterInstance]) -> None:
    for table in ("account_aging", "action_table", "chasing_progress", "activity_log"):
        found = metadata(played[1], table, DAY)["dagster/column_lineage"]
        assert isinstance(found, TableColumnLineageMetadataValue), table
