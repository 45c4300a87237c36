"""An action is carried out once: however often, by however many, and the next day goes on from there."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pikepdf
import pytest

from chasing_pipeline.channels.errors import InDoubt
from chasing_pipeline.channels.protocol import Evidence
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.problems import DispatchRefused
from chasing_pipeline.resources.chasing import Chasing

from .homes import DAY, REACHABLE, UNREACHABLE, SmallHome, TroubledSender, failing

CARRIED_OUT = {
    **dict.fromkeys(REACHABLE, "sent"), "P1": "todo", "X1": "todo", UNREACHABLE: "failed",
}  # fmt: skip
on_both_databases = pytest.mark.parametrize("ledger_kind", ["sqlite", "postgresql"])
RACE = Path(__file__).with_name("race.py")


@on_both_databases
def test_every_action_of_the_day_is_carried_out_by_its_channel(home: SmallHome) -> None:
    report = home.dispatch()
    assert home.states() == CARRIED_OUT
    assert report.carried_out == len(CARRIED_OUT)
    assert [path.name.split("-")[0] for path in home.files()] == ["A1", "E1", "E2", "E3", "L1", "S1"]


def test_an_action_is_carried_out_once_however_often_the_dispatcher_runs(
    home: SmallHome, carried_out_once: Callable[[Path, date], None]
) -> None:
    home.dispatch()
    before = [(path, path.stat().st_mtime_ns) for path in home.files()]
    chasing = home.open()
    for _ in range(2):
        assert home.dispatch(chasing=chasing).carried_out == 0
        assert home.dispatch().carried_out == 0
    assert [(path, path.stat().st_mtime_ns) for path in home.files()] == before
    carried_out_once(home.root, DAY)


def test_planning_the_day_again_does_not_bring_an_action_back(
    home: SmallHome, plan: Callable[..., None], carried_out_once: Callable[[Path, date], None]
) -> None:
    home.dispatch()
    planned = home.actions()
    plan(home.open())
    assert home.actions() == planned
    assert home.dispatch().carried_out == 0
    carried_out_once(home.root, DAY)


@on_both_databases
def test_two_dispatchers_at_the_same_time_carry_out_every_action_once(
    planned_home: Path, sample_day: date, carried_out_once: Callable[[Path, date], None]
) -> None:
    command = [sys.executable, str(RACE), str(planned_home), sample_day.isoformat()]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    outcomes = [json.loads(process.communicate(timeout=60)[0]) for process in both]
    assert [process.returncode for process in both] == [0, 0]
    done = [sum(outcome.get(state, 0) for state in ("sent", "todo", "failed")) for outcome in outcomes]
    actions, _ = Chasing(planned_home, sample_day).planned_actions(sample_day)
    assert sum(done) == len(actions) == len({action.action_id for action in actions})
    assert min(done) > 0, "one had done everything before the other began"
    carried_out_once(planned_home, sample_day)


@pytest.mark.parametrize("days", [-1, 1])
def test_only_todays_table_can_be_dispatched(home: SmallHome, plan: Callable[..., None], days: int) -> None:
    today = DAY + timedelta(days=days)
    chasing = home.open(today)
    plan(chasing)
    with pytest.raises(DispatchRefused, match=f"{DAY}.*today is {today}"):
        chasing.dispatcher().run(DAY, *chasing.planned_actions(DAY))
    assert home.files() == []
    assert home.states() == {}


def test_a_day_that_was_never_planned_is_refused_with_what_to_do(unplanned: SmallHome) -> None:
    with pytest.raises(DispatchRefused, match=f"chasing run --date {DAY}"):
        unplanned.dispatch()


def test_live_mode_names_every_setting_that_is_missing_and_ignores_a_played_day(home: SmallHome) -> None:
    home.set("mode: live")
    chasing = home.open()
    assert not chasing.clock.is_played
    with pytest.raises(DispatchRefused, match=r"(?s)live.*email: SMTP_URL is not set.*letter"):
        chasing.dispatcher().run(chasing.clock.today(), *chasing.planned_actions(DAY))


@on_both_databases
def test_the_next_day_does_not_repeat_a_step_and_comes_to_the_next_one(
    home: SmallHome, plan: Callable[..., None]
) -> None:
    home.dispatch()
    quiet, second = DAY + timedelta(days=1), DAY + timedelta(days=2)
    plan(home.open(quiet))
    assert home.actions(quiet) == {}
    plan(home.open(second))
    actions = home.actions(second)
    assert {name: action.step for name, action in actions.items()} == dict.fromkeys(CARRIED_OUT, "second")
    home.dispatch(second)
    assert home.states(second) == CARRIED_OUT


def test_what_was_not_dispatched_is_planned_again_under_the_same_identity(
    home: SmallHome, plan: Callable[..., None]
) -> None:
    tomorrow = DAY + timedelta(days=1)
    plan(home.open(tomorrow))
    first, again = home.actions(DAY), home.actions(tomorrow)
    assert {name: action.action_id for name, action in again.items()} == {
        name: action.action_id for name, action in first.items()
    }
    home.dispatch(tomorrow)
    assert set(home.happened("sent", tomorrow)) == set(REACHABLE) - {"P1", "X1"}
    assert home.happened("sent", DAY) == {}


@on_both_databases
def test_a_step_that_wants_it_attaches_the_invoices_as_the_extract_has_them(
    unplanned: SmallHome, plan: Callable[..., None]
) -> None:
    cadence = (unplanned.root / "cadences/email.yaml").read_text()
    unplanned.write("cadences/email.yaml", cadence.replace("step: first,", "step: first, attach_invoices: true,"))
    invoices = (unplanned.root / f"extracts/{DAY}/invoices.csv").read_text().splitlines()
    with_pdf = [f"{line},{'pdfs/e1.pdf' if 'I-E1' in line else ''}" for line in invoices[1:]]
    unplanned.write(f"extracts/{DAY}/invoices.csv", "\n".join([f"{invoices[0]},pdf", *with_pdf]) + "\n")
    own = unplanned.root / f"extracts/{DAY}/pdfs/e1.pdf"
    own.parent.mkdir()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(300, 300))
        document.save(own)
    plan(unplanned.open())
    unplanned.dispatch()
    attached = {name: list(unplanned.mail(name).iter_attachments()) for name in ("E1", "E2")}
    assert attached["E1"][0].get_content() == own.read_bytes()
    assert attached["E2"][0].get_content_type() == "application/pdf"


def test_the_next_mail_of_a_cycle_is_a_follow_up_of_the_first(home: SmallHome, plan: Callable[..., None]) -> None:
    home.dispatch()
    first = home.mail("E1")["Message-ID"]
    later = DAY + timedelta(days=2)
    home.write_extract(later)
    plan(home.open(later))
    home.dispatch(later)
    path = next(path for path in home.files() if path.name.startswith("E1-second"))
    text = path.read_text()
    assert f"In-Reply-To: {first}" in text
    assert f"References: {first}" in text


def test_what_a_dead_dispatcher_sent_yesterday_is_not_repeated_today(
    home: SmallHome, plan: Callable[..., None]
) -> None:
    tomorrow = DAY + timedelta(days=1)
    lost = TroubledSender(home.outbox, late_error=failing(InDoubt, "E1"))
    home.dispatch(senders={Channel.EMAIL: lost})
    plan(home.open(tomorrow))  # before anybody has looked for evidence
    assert set(home.actions(tomorrow)) == {"E1"}
    sender = TroubledSender(home.outbox, known=Evidence.SENT)
    home.dispatch(tomorrow, {Channel.EMAIL: sender})
    assert sender.tried == []
    assert home.states()["E1"] == "sent"


def test_calls_and_escalations_become_todos_once(home: SmallHome) -> None:
    home.dispatch()
    home.dispatch()
    todos = home.todos()
    assert (todos["P1"]["kind"], todos["P1"]["assigned_to"]) == ("phone_call", "team")
    assert (todos["X1"]["kind"], todos["X1"]["assigned_to"]) == ("escalate", "team")
    assert "1,000.00" in todos["P1"]["title"]
    assert set(home.happened("todo_created")) == {"P1", "X1", UNREACHABLE}
    assert set(home.happened("escalated")) == {"X1"}


def test_an_unreachable_customer_fails_once_with_a_todo_and_counts_as_carried_out(
    home: SmallHome, plan: Callable[..., None]
) -> None:
    home.dispatch()
    home.dispatch()
    assert home.actions()[UNREACHABLE].status == "unreachable"
    assert set(home.happened("failed")) == {UNREACHABLE}
    assert home.todos()[UNREACHABLE]["kind"] == "mend_contact"
    tomorrow = DAY + timedelta(days=1)
    plan(home.open(tomorrow))
    assert UNREACHABLE not in home.actions(tomorrow)
