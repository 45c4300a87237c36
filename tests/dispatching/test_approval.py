"""What a cadence wants approved waits until a named person releases it, whatever else happens meanwhile."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from chasing_pipeline.dispatching.approval import Wanted
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger import activities
from chasing_pipeline.ledger.progress import progress_before
from chasing_pipeline.planning.day import DayPlanner

from .homes import DAY, SmallHome, TroubledSender, once

RACE = Path(__file__).with_name("race.py")
NEXT, LAST = DAY + timedelta(days=1), DAY + timedelta(days=2)
MAILED = {"E1", "E2", "E3"}
OTHERS = {"A1", "L1", "S1"}
Plan = Callable[..., None]
on_both_databases = pytest.mark.parametrize("ledger_kind", ["sqlite", "postgresql"])


def ask(home: SmallHome, approve: str, channel: str = "email") -> None:
    """Let the cadence of a channel ask for approval."""
    home.append(f"cadences/{channel}.yaml", f"approve: {approve}")


def release(home: SmallHome, *customers: str, day: date = DAY, cadence: str = "", step: str = "") -> set[str]:
    """Release what is held of these customers, of all without any; return whose actions were released."""
    own = home.open(day)
    actions, units = own.planned_actions(day)
    wanted = [action.action_id for action in actions if action.customer_number in customers]
    released = own.approvals().release(actions, units, Wanted(wanted, cadence, step), "Jane Doe")
    return {action.customer_number for action in released}


def statuses(home: SmallHome, day: date = DAY) -> dict[str, str]:
    """The status of each customer's action in the published table."""
    return {name: action.status for name, action in home.actions(day).items()}


def held(home: SmallHome, day: date = DAY) -> set[str]:
    """Whose actions are held."""
    return {name for name, status in statuses(home, day).items() if status == "held"}


def add_customer(home: SmallHome, number: str, due: date, terms: str = "email") -> None:
    """Add a customer with one invoice to the extract."""
    folder = f"extracts/{DAY}"
    home.append(f"{folder}/customers.csv", f"{number},Customer {number},1 Mill Lane,Leeds,LS1 1AA,GB,{terms}")
    home.append(f"{folder}/contacts.csv", f"{number},Jo,{number.lower()}@new.example,+447700900199,true")
    home.append(f"{folder}/invoices.csv", f"I-{number},{number},2026-03-01,{due},GBP,1000.00")


@pytest.fixture
def asking(unplanned: SmallHome, plan: Plan) -> SmallHome:
    """The small home planned, with every e-mail held."""
    ask(unplanned, "always")
    plan(unplanned.open())
    return unplanned


@on_both_databases
def test_a_held_action_stays_owed_and_the_others_go_out(asking: SmallHome) -> None:
    assert held(asking) == MAILED
    for _ in range(2):
        report = asking.dispatch()
        assert report.outcomes["held"] == 3
    assert set(asking.happened("sent")) == OTHERS
    assert {asking.states()[name] for name in MAILED} == {"planned"}
    assert any("held for approval: 3; release with: chasing release --all" in remark for remark in report.remarks)


def test_who_can_t_be_reached_is_not_held(asking: SmallHome) -> None:
    assert statuses(asking)["U1"] == "unreachable"
    asking.dispatch()
    assert asking.states()["U1"] == "failed"


@on_both_databases
def test_what_was_released_goes_out_once_and_the_release_has_a_name(asking: SmallHome) -> None:
    asking.dispatch()
    assert release(asking, "E2") == {"E2"}
    assert release(asking, "E2") == set()
    assert statuses(asking)["E2"] == "ready"
    assert held(asking) == {"E1", "E3"}
    assert asking.dispatch().outcomes == {"sent": 1, "held": 2}
    assert asking.dispatch().outcomes == {"held": 2}
    assert set(asking.happened("sent")) == {*OTHERS, "E2"}
    [note] = [row for row in activities.of_days(asking.open().ledger, [DAY]) if row["kind"] == "note"]
    assert (note["actor"], note["detail"]) == ("Jane Doe", "released for sending")
    assert (note["action_id"], note["customer_number"]) == (asking.actions()["E2"].action_id, "E2")


def test_everything_or_a_cadence_or_a_step_is_released_at_once(unplanned: SmallHome, plan: Plan) -> None:
    for channel in ("email", "sms", "letter"):
        ask(unplanned, "always", channel)
    plan(unplanned.open())
    assert release(unplanned, cadence="by-sms") == {"S1"}
    assert release(unplanned, cadence="by-letter", step="first") == {"L1"}
    with pytest.raises(ChasingError, match="no action of the step second today"):
        release(unplanned, step="second")
    with pytest.raises(ChasingError, match="no action of the cadence by-fax today"):
        release(unplanned, cadence="by-fax")
    assert release(unplanned) == MAILED
    unplanned.dispatch()
    assert set(unplanned.happened("sent")) == {*OTHERS, *MAILED}


def test_an_unknown_id_releases_nothing_at_all(asking: SmallHome) -> None:
    own = asking.open()
    actions, units = own.planned_actions(DAY)
    wanted = Wanted([asking.actions()["E1"].action_id, "0" * 32])
    with pytest.raises(ChasingError, match=f"no action with the id {'0' * 32} today; nothing was released"):
        own.approvals().release(actions, units, wanted, "Jane Doe")
    with pytest.raises(ChasingError, match="the name of who takes responsibility"):
        own.approvals().release(actions, units, Wanted(), " ")
    assert held(asking) == MAILED


def test_a_call_to_make_is_held_before_it_is_anybodys_to_do(unplanned: SmallHome, plan: Plan) -> None:
    ask(unplanned, "always", "phone_call")
    plan(unplanned.open())
    assert held(unplanned) == {"P1"}
    unplanned.dispatch()
    assert "P1" not in unplanned.todos()
    release(unplanned)
    assert statuses(unplanned)["P1"] == "todo"
    unplanned.dispatch()
    assert "P1" in unplanned.todos()


@pytest.mark.parametrize(("of_cadence", "of_step", "is_held"), [("always", "never", False), ("never", "always", True)])
def test_the_steps_own_word_comes_before_the_cadences(
    unplanned: SmallHome, plan: Plan, of_cadence: str, of_step: str, is_held: bool
) -> None:
    path = unplanned.root / "cadences" / "email.yaml"
    path.write_text(path.read_text().replace("day: 1,", f"day: 1, approve: {of_step},"))
    ask(unplanned, of_cadence)
    plan(unplanned.open())
    assert held(unplanned) == (MAILED if is_held else set())


@on_both_databases
def test_first_run_holds_the_first_days_actions_until_their_release_and_no_later_ones(
    unplanned: SmallHome, plan: Plan
) -> None:
    ask(unplanned, "first_run")
    add_customer(unplanned, "N1", due=DAY)  # its first step comes due on the next day
    for day, before in ((DAY - timedelta(days=1), set[str]()), (DAY, MAILED), (DAY, MAILED)):
        # a day that plans nothing is not the first one, and the first one may be planned again
        plan(unplanned.open(day))
        assert held(unplanned, day) == before
    plan(unplanned.open(NEXT))
    assert statuses(unplanned, NEXT)["N1"] == "ready"
    assert held(unplanned, NEXT) == MAILED
    assert release(unplanned, "E1", day=NEXT) == {"E1"}
    unplanned.dispatch(NEXT)
    assert {"E1", "N1"} <= set(unplanned.happened("sent", NEXT))
    plan(unplanned.open(LAST))
    # E1 waits two days after the first; of the others the second step takes the place of the held first one
    assert held(unplanned, LAST) == set()
    assert statuses(unplanned, LAST)["E2"] == "ready"
    assert unplanned.actions(LAST)["E2"].step == "second"


def test_first_run_of_a_version_in_use_holds_nothing_and_that_of_a_new_version_does(
    home: SmallHome, plan: Plan
) -> None:
    ask(home, "first_run")
    plan(home.open(NEXT))  # nothing was carried out on the day before
    assert held(home, NEXT) == set()
    home.dispatch(NEXT)
    path = home.root / "cadences" / "email.yaml"
    path.write_text(path.read_text() + "version: 2\n")
    add_customer(home, "N1", due=NEXT)
    plan(home.open(LAST))
    assert held(home, LAST) == {"N1"}
    assert home.actions(LAST)["N1"].cadence_version == 2
    plan(home.open(LAST + timedelta(days=1)))
    assert held(home, LAST + timedelta(days=1)) == {"N1"}


def test_a_release_survives_planning_again_on_that_day_and_later(asking: SmallHome, plan: Plan) -> None:
    release(asking, "E1")
    published = (asking.root / "warehouse" / "action_table" / f"{DAY}.parquet").read_bytes()
    asking.pay("E1", "100.00")
    plan(asking.open())
    assert statuses(asking)["E1"] == "ready"
    assert asking.actions()["E1"].balance == 900
    (asking.root / "extracts" / str(DAY) / "transactions.csv").write_text(
        "transaction_id,customer_number,invoice_number,date,currency,amount,type\n"
    )
    plan(asking.open())
    again = (asking.root / "warehouse" / "action_table" / f"{DAY}.parquet").read_bytes()
    assert again == published, "what a release publishes is what planning publishes"
    plan(asking.open(NEXT))
    assert statuses(asking, NEXT)["E1"] == "ready"
    assert held(asking, NEXT) == {"E2", "E3"}
    asking.dispatch(NEXT)
    assert "E1" in asking.happened("sent", NEXT)


def test_a_past_day_shows_what_was_held_and_released_on_it(asking: SmallHome, plan: Plan) -> None:
    release(asking, "E1")
    plan(asking.open(NEXT))
    release(asking, "E2", day=NEXT)
    plan(asking.open(NEXT), DAY)
    assert held(asking) == {"E2", "E3"}
    assert held(asking, NEXT) == {"E3"}


def test_a_past_first_day_shows_all_that_was_held_on_it(unplanned: SmallHome, plan: Plan) -> None:
    ask(unplanned, "first_run")
    plan(unplanned.open())
    add_customer(unplanned, "N1", due=date(2026, 3, 17))  # a correction that came in afterwards
    plan(unplanned.open(NEXT))
    assert held(unplanned, NEXT) == MAILED
    plan(unplanned.open(NEXT), DAY)
    assert held(unplanned) == {*MAILED, "N1"}


@pytest.mark.parametrize("approve", ["first_run", "always"])
def test_days_planned_together_hold_what_each_held_alone(unplanned: SmallHome, plan: Plan, approve: str) -> None:
    ask(unplanned, approve)
    add_customer(unplanned, "N1", due=DAY)
    wanted = {}
    for day, customer in ((DAY, "E1"), (NEXT, "E2"), (LAST, "E3")):
        plan(unplanned.open(day))
        release(unplanned, customer, day=day)
        wanted |= {(day, name): status for name, status in statuses(unplanned, day).items()}
    assert wanted[NEXT, "E1"] == wanted[NEXT, "E2"] == "ready"
    assert wanted[NEXT, "E3"] == "held"
    assert wanted[NEXT, "N1"] == ("held" if approve == "always" else "ready")
    with DuckDBEngine(threads=1) as engine:
        own = unplanned.open(LAST)
        planner = DayPlanner(engine, own.home)
        planner.use_extract_of(DAY)
        planner.use_progress(progress_before(own.ledger, LAST))
        planner.plan([DAY, NEXT, LAST])
        found = {(row["action_date"], row["customer_number"]): row["status"] for row in planner.rows("action_table")}
    assert found == wanted


def test_a_backfill_holds_its_days_and_remembers_nothing(unplanned: SmallHome, plan: Plan) -> None:
    ask(unplanned, "first_run")
    own = unplanned.open(NEXT)
    plan(own, DAY)
    assert held(unplanned) == MAILED
    add_customer(unplanned, "N1", due=DAY)
    plan(unplanned.open(NEXT))
    assert held(unplanned, NEXT) == {*MAILED, "N1"}, "it is the first day that was lived"
    with pytest.raises(ChasingError, match="can be dispatched"):
        unplanned.open(NEXT).dispatcher().run(DAY, *own.planned_actions(DAY))


def test_asking_for_approval_after_planning_holds_what_the_table_calls_ready(home: SmallHome) -> None:
    ask(home, "always")
    assert home.dispatch().outcomes["held"] == 3
    assert MAILED.isdisjoint(home.happened("sent"))


def test_an_action_that_becomes_held_just_before_its_commit_is_not_sent(home: SmallHome) -> None:
    sender = TroubledSender(home.outbox, before=once(lambda: ask(home, "always")))
    report = home.dispatch(senders={Channel.EMAIL: sender})
    assert sender.tried == ["E1"]
    assert report.outcomes["held"] == 3
    assert MAILED.isdisjoint(home.happened("sent"))


def test_a_release_in_the_middle_of_a_dispatch_is_noticed_by_it(asking: SmallHome) -> None:
    sender = TroubledSender(asking.outbox, after=once(lambda: release(asking, "E3") and None))
    report = asking.dispatch(senders={Channel.AUTO_CALL: sender})
    assert set(asking.happened("sent")) == {*OTHERS, "E3"}
    assert report.outcomes["held"] == 2


def test_held_actions_take_nothing_of_a_daily_limit(asking: SmallHome) -> None:
    asking.set("limits: {actions_per_day: 1, per_channel: {email: 1}}")
    release(asking, "E3")
    assert asking.dispatch().outcomes["held"] == 2
    path = asking.root / "chasing.yaml"
    path.write_text(path.read_text().replace("actions_per_day: 1, ", ""))
    asking.dispatch()
    assert "E3" in asking.happened("sent")


@on_both_databases
def test_two_dispatchers_at_once_send_nothing_that_is_held(asking: SmallHome) -> None:
    release(asking, "E1")
    command = [sys.executable, str(RACE), str(asking.root), DAY.isoformat()]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path.cwd())
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    outcomes = [json.loads(process.communicate("go\n", timeout=120)[0]) for process in both]
    assert [outcome["held"] for outcome in outcomes] == [2, 2]
    assert set(asking.happened("sent")) == {*OTHERS, "E1"}


@pytest.mark.parametrize("catch_up", ["latest", "in_order", "all", "skip"])
def test_a_held_step_is_planned_again_though_no_dispatch_knew_it_and_its_rung_went_out_but_not_under_skip(
    unplanned: SmallHome, plan: Plan, catch_up: str
) -> None:
    unplanned.write(
        "cadences/email.yaml",
        f"cadence: by-email\ncatch_up: {catch_up}\nassign: {{priority: 0, when: \"payment_terms = 'email'\"}}\nsteps:\n"
        "  - {step: first, clock: past_due_age, day: 1, channel: email, template: email}\n"
        "  - {step: copy, clock: past_due_age, day: 1, channel: letter, template: letter, approve: always}\n",
    )
    own = unplanned.open()
    plan(own)
    actions, units = own.planned_actions(DAY)
    free = [action for action in actions if action.step == "first" and action.customer_number in MAILED]
    own.dispatcher().run(DAY, free, [unit for unit in units if unit.step == "first"])
    plan(unplanned.open(NEXT))
    found = {(name, a.step, a.status) for name, a in unplanned.actions(NEXT).items() if name in MAILED}
    assert found == {(name, "copy", "held") for name in (() if catch_up == "skip" else MAILED)}
    if found:
        release(unplanned, "E1", day=NEXT)
        unplanned.dispatch(NEXT)
        assert "E1" in unplanned.happened("sent", NEXT)


def test_a_shared_message_stays_released_without_an_invoice_and_not_with_a_new_one(
    unplanned: SmallHome, plan: Plan
) -> None:
    unplanned.write(
        "cadences/email.yaml",
        "cadence: by-email\nscope: invoice\napprove: always\n"
        "assign: {priority: 0, when: \"payment_terms = 'email'\"}\nsteps:\n"
        "  - {step: first, clock: past_due_age, day: 1, channel: email, template: email}\n",
    )
    invoices = f"extracts/{DAY}/invoices.csv"
    unplanned.append(invoices, "J-E1,E1,2026-03-01,2026-03-17,GBP,500.00")
    unplanned.append(invoices, "J-E2,E2,2026-03-01,2026-03-17,GBP,500.00")
    unplanned.append(invoices, f"K-E2,E2,2026-03-01,{DAY},GBP,500.00")  # its step comes due on the next day
    plan(unplanned.open())
    assert unplanned.actions()["E1"].invoice_numbers == ("I-E1", "J-E1")
    assert release(unplanned, "E1", "E2") == {"E1", "E2"}
    unplanned.pay("E1", "1000.00", on=NEXT)
    plan(unplanned.open(NEXT))
    shown = {name: (a.invoice_numbers, a.status) for name, a in unplanned.actions(NEXT).items() if name in MAILED}
    assert shown["E1"] == (("J-E1",), "ready")
    assert shown["E2"] == (("I-E2", "J-E2", "K-E2"), "held")
