"""What people hear elsewhere: by command, job or file, checked, as a whole, and once."""

import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster import AssetKey, DagsterInstance, Definitions, SensorResult, SkipReason, build_sensor_context
from typer.testing import CliRunner

from chasing_pipeline.cli import app
from chasing_pipeline.domain.problems import ConfigurationError
from chasing_pipeline.ledger import activities, todos
from chasing_pipeline.ledger.progress import progress_before
from chasing_pipeline.planning.recordings import NotRecorded, Recording
from chasing_pipeline.resources.chasing import Chasing
from tests.orchestration.runs import run_daily, run_dispatch

DAY = date(2026, 3, 18)
At = Callable[[Path, date], Definitions]
ChasingAt = Callable[[Path, date], Chasing]
HEAD = "customer_number,kind,detail,promised_until,actor,occurred_on\n"
GOOD = HEAD + "C1009,promise,by phone,2026-03-25,Jane Doe,2026-03-17\nC1003,note,wants a copy,,Jane Doe,\n"


def put(home: Path, text: str, name: str = "calls.csv") -> Path:
    """A file in ``activities/`` that was written a while ago."""
    path = home / "activities" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    os.utime(path, (time.time() - 600,) * 2)
    return path


def recorded(home: Path, *kinds: str) -> list[tuple[str, str, str]]:
    """(kind, customer, day) of what people recorded, oldest first."""
    chasing = Chasing(home, DAY)
    happened = activities.of_days(chasing.ledger, [date(2026, 3, number) for number in range(1, 19)])
    chasing.ledger.close()
    wanted = kinds or ("note", "promise", "dispute", "done", "opted_out")
    return [(r["kind"], r["customer_number"], str(r["activity_date"])) for r in happened if r["kind"] in wanted]


def test_a_file_is_recorded_once_however_often_it_is_given(planned_home: Path, chasing_at: ChasingAt) -> None:
    path = put(planned_home, GOOD)
    recorder = chasing_at(planned_home, DAY).recorder()
    assert recorder.record_file(path) == (2, {date(2026, 3, 17), DAY})
    assert recorder.record_file(path)[0] == 0
    assert chasing_at(planned_home, DAY).recorder().record_file(put(planned_home, GOOD, "copy.csv"))[0] == 0
    assert recorded(planned_home) == [("promise", "C1009", "2026-03-17"), ("note", "C1003", "2026-03-18")]


def test_two_equal_rows_of_a_file_are_two_activities(planned_home: Path, chasing_at: ChasingAt) -> None:
    path = put(planned_home, HEAD + "C1003,note,called,,Jane Doe,\n" * 2)
    assert chasing_at(planned_home, DAY).recorder().record_file(path)[0] == 2


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("C1003,note,called,,,", "calls.csv:4: actor: this field is empty"),
        ("C999999,note,called,,Jane Doe,", "calls.csv:4: customer_number: 'C999999' is no customer"),
        ("C1003,call,called,,Jane Doe,", "calls.csv:4: kind: 'call' is none of note, promise, dispute"),
        ("C1003,sent,x,,Jane Doe,", "calls.csv:4: kind: 'sent' is none of"),
        ("C1003,promise,x,,Jane Doe,", "calls.csv:4: promised_until: a promise needs the day"),
        ("C1003,promise,x,25.3.2026,Jane Doe,", "calls.csv:4: promised_until: '25.3.2026' is no date; write YYYY"),
        ("C1003,promise,x,2026-03-01,Jane Doe,", "calls.csv:4: promised_until: 2026-03-01 lies before"),
        ("C1003,note,x,2026-03-30,Jane Doe,", "calls.csv:4: promised_until: a note has no such day"),
        ("C1003,note,,,Jane Doe,", "calls.csv:4: detail: a note needs its text"),
        ("C1003,note,x,,Jane Doe,2026-03-19", "calls.csv:4: occurred_on: 2026-03-19 is not yet"),
        ("C1003,note,a, b,,Jane Doe,", "calls.csv:4: row: there are more fields than columns"),
    ],
)
def test_a_bad_row_refuses_its_file_as_a_whole_and_is_named(
    planned_home: Path, chasing_at: ChasingAt, row: str, problem: str
) -> None:
    path = put(planned_home, GOOD + row + "\n")
    with pytest.raises(ConfigurationError) as caught:
        chasing_at(planned_home, DAY).recorder().record_file(path)
    assert str(caught.value).startswith(problem)
    assert recorded(planned_home) == []
    assert path.exists()


def test_a_file_without_a_needed_column_or_with_an_unknown_one_is_refused(
    planned_home: Path, chasing_at: ChasingAt
) -> None:
    recorder = chasing_at(planned_home, DAY).recorder()
    with pytest.raises(ConfigurationError, match=r"calls\.csv:1: actor: this column is required"):
        recorder.record_file(put(planned_home, "customer_number,kind\nC1003,note\n"))
    with pytest.raises(ConfigurationError, match=r"calls\.csv:1: who: there is no such column"):
        recorder.record_file(put(planned_home, HEAD.rstrip() + ",who\nC1003,note,x,,J,,y\n"))


def ask(definitions: Definitions, instance: DagsterInstance) -> SensorResult | SkipReason:
    with build_sensor_context(instance=instance) as context:
        found = definitions.resolve_sensor_def("activity_files_sensor")(context)
    assert isinstance(found, SensorResult | SkipReason)
    return found


def test_the_sensor_records_good_files_publishes_their_days_and_leaves_bad_ones(
    planned_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    definitions = definitions_at(planned_home, DAY)
    assert "no new file" in (getattr(ask(definitions, instance), "skip_message", ""))
    put(planned_home, GOOD)
    bad = put(planned_home, HEAD + "C1003,note,x,,,\n", "bad.csv")
    found = ask(definitions, instance)
    assert isinstance(found, SensorResult)
    assert {event.partition for event in found.asset_events} == {"2026-03-17", "2026-03-18"}
    with duckdb.connect(str(planned_home / "warehouse" / "chasing.duckdb"), read_only=True) as connection:
        kinds = connection.execute("select kind, count(*) from activity_log where actor = 'Jane Doe' group by kind")
        assert dict(kinds.fetchall()) == {"promise": 1, "note": 1}
    again = ask(definitions, instance)
    assert isinstance(again, SkipReason)
    assert "activities/bad.csv:2: actor: this field is empty" in (again.skip_message or "")
    assert bad.exists()
    assert len(recorded(planned_home)) == 2


def test_a_file_that_is_being_written_waits(planned_home: Path, definitions_at: At, instance: DagsterInstance) -> None:
    os.utime(put(planned_home, GOOD))
    assert isinstance(ask(definitions_at(planned_home, DAY), instance), SkipReason)
    assert recorded(planned_home) == []


def test_the_daily_run_records_files_before_it_plans_and_a_bad_one_does_not_stop_it(
    sample_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    put(sample_home, HEAD + "C1009,promise,by phone,2026-03-25,Jane Doe,2026-03-17\n")
    put(sample_home, HEAD + "C1003,note,x,,,\n", "bad.csv")
    run_daily(definitions_at(sample_home, DAY), instance, DAY)
    assert recorded(sample_home) == [("promise", "C1009", "2026-03-17")]
    with duckdb.connect(str(sample_home / "warehouse" / "chasing.duckdb"), read_only=True) as connection:
        query = "select distinct verdict from step_decisions where customer_number = 'C1009' and day = $1"
        verdicts = {row[0] for row in connection.execute(query, [DAY]).fetchall()}
    assert "act" not in verdicts


def test_a_backfill_of_past_days_records_no_files(
    sample_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    put(sample_home, GOOD)
    run_daily(definitions_at(sample_home, DAY), instance, date(2026, 3, 16))
    assert recorded(sample_home) == []


def job(definitions: Definitions, instance: DagsterInstance, **config: Any) -> bool:
    return (
        definitions.resolve_job_def("record_activity")
        .execute_in_process(
            instance=instance,
            run_config={"ops": {"append_activity": {"config": {"actor": "Jane Doe", **config}}}},
            raise_on_error=False,
        )
        .success
    )


def test_the_job_records_every_kind_that_people_record(
    planned_home: Path, definitions_at: At, instance: DagsterInstance, chasing_at: ChasingAt
) -> None:
    definitions = definitions_at(planned_home, DAY)
    assert run_dispatch(definitions, instance, DAY).success
    item = todos.listed(chasing_at(planned_home, DAY).ledger)[0]
    assert job(definitions, instance, kind="note", customer_number="C1003", detail="called")
    assert job(definitions, instance, kind="promise", customer_number="C1003", promised_until="2026-03-20")
    assert job(definitions, instance, kind="dispute", customer_number="C1003", detail="wrong price")
    assert job(definitions, instance, kind="opted_out", customer_number="C1003", channel="email")
    done = {"customer_number": item["customer_number"], "todo": item["number"], "detail": "reached her"}
    assert job(definitions, instance, kind="done", **done)
    assert {kind for kind, *_ in recorded(planned_home)} == {"note", "promise", "dispute", "opted_out", "done"}
    ledger = chasing_at(planned_home, DAY).ledger
    closed = next(i for i in todos.listed(ledger, include_done=True) if i["number"] == item["number"])
    assert (closed["state"], closed["outcome"]) == ("done", "reached her")
    assert ("email",) in {row[:1] for row in progress_before(ledger, date(2026, 3, 20)).opt_outs}
    assert "2026-03-18" in instance.get_materialized_partitions(AssetKey("activity_log"))


@pytest.mark.parametrize(
    "config",
    [
        {"kind": "sent", "customer_number": "C1003"},
        {"kind": "promise", "customer_number": "C1003"},
        {"kind": "promise", "customer_number": "C1003", "promised_until": "soon"},
        {"kind": "note", "customer_number": "nobody", "detail": "x"},
        {"kind": "opted_out", "customer_number": "C1003"},
        {"kind": "opted_out", "customer_number": "C1003", "channel": "letter"},
        {"kind": "opted_out", "customer_number": "C1003", "channel": "email", "address": "other@example.com"},
        {"kind": "opted_in", "customer_number": "C1003", "channel": "email", "detail": "nobody said otherwise"},
        {"kind": "done", "customer_number": "C1003"},
    ],
)
def test_the_job_records_nothing_of_what_is_wrong(
    planned_home: Path, definitions_at: At, instance: DagsterInstance, config: dict[str, str]
) -> None:
    assert not job(definitions_at(planned_home, DAY), instance, **config)
    assert recorded(planned_home) == []


def test_the_command_records_one_thing_or_a_file(planned_home: Path, tmp_path: Path) -> None:
    runner, home = CliRunner(), ["--home", str(planned_home)]
    said = runner.invoke(app, ["record", "promise", "C1009", "--until", "2026-03-25", "--by", "Jane", *home])
    assert (said.exit_code, said.stdout) == (0, "")
    (tmp_path / "calls.csv").write_text(GOOD)
    for _ in range(2):
        assert runner.invoke(app, ["record", "--file", str(tmp_path / "calls.csv"), *home]).exit_code == 0
    assert [kind for kind, *_ in recorded(planned_home)] == ["promise", "promise", "note"]
    assert runner.invoke(app, ["record", "sent", "C1009", *home]).exit_code == 2
    assert isinstance(runner.invoke(app, ["record", "note", "nobody", "x", *home]).exception, NotRecorded)


def test_a_done_without_a_number_takes_the_only_open_todo(planned_home: Path, chasing_at: ChasingAt) -> None:
    chasing = chasing_at(planned_home, DAY)
    chasing.dispatcher().run(DAY, *chasing.planned_actions(DAY))
    by_customer: dict[str, list[int]] = {}
    for item in todos.listed(chasing.ledger):
        by_customer.setdefault(item["customer_number"], []).append(item["number"])
    one = next(customer for customer, numbers in by_customer.items() if len(numbers) == 1)
    chasing.recorder().record(Recording("done", one, "Jane Doe", "reached her"))
    assert not [item for item in todos.listed(chasing.ledger) if item["customer_number"] == one]
    with pytest.raises(NotRecorded, match="no such open to-do"):
        chasing.recorder().record(Recording("done", one, "Jane Doe", "again"))


def test_an_opt_out_ends_by_command_and_may_come_again(planned_home: Path, chasing_at: ChasingAt) -> None:
    runner = CliRunner()

    def say(kind: str, *more: str) -> int:
        arguments = ["record", kind, "C1003", *more, "--channel", "email", "--by", "Jane", "--home", str(planned_home)]
        return runner.invoke(app, arguments).exit_code

    def opted_out() -> list[str]:
        # as the fresh plan before each message sees it
        ledger = chasing_at(planned_home, DAY).ledger
        return [way for way, _ in progress_before(ledger, DAY, holds_until=DAY).opt_outs]

    for _ in range(2):
        assert say("opted_out") == 0
        assert opted_out() == ["email"]
        assert say("opted_in") == 1, "it needs a reason"
        assert say("opted_in", "wrote to us") == 0
        assert opted_out() == []
    assert say("opted_in", "wrote to us") == 1
    assert recorded(planned_home, "opted_out", "note") == [
        (kind, "C1003", "2026-03-18") for kind in ("opted_out", "note") * 2
    ]
    notes = [row for row in activities.of_customer(chasing_at(planned_home, DAY).ledger, "C1003") if row["detail"]]
    assert "may be reached by email again: wrote to us" in notes[-1]["detail"]
    assert (notes[-1]["actor"], notes[-1]["channel"]) == ("Jane", "email")


def test_who_was_chased_before_and_left_the_extract_can_be_noted(planned_home: Path, chasing_at: ChasingAt) -> None:
    for name in ("customers", "contacts", "invoices"):
        path = planned_home / "extracts" / "2026-03-18" / f"{name}.csv"
        path.write_text("".join(line for line in path.read_text().splitlines(True) if "C1009" not in line))
    chasing_at(planned_home, DAY).recorder().record(Recording("note", "C1009", "Jane", "moved away"))
    assert recorded(planned_home) == [("note", "C1009", "2026-03-18")]
