"""What a claim respects at the last moment: the stop switch, opt-outs, limits of one recipient, changed facts."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta

import pytest

from chasing_pipeline.channels.errors import InDoubt, OptedOut, Refused
from chasing_pipeline.channels.protocol import Evidence, Order
from chasing_pipeline.dispatching.recheck import fresh_plan
from chasing_pipeline.dispatching.sending import is_time
from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.problems import DispatchRefused
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.guards import OptOut, record_opt_out, resume_sending, stop_sending
from chasing_pipeline.ledger.progress import progress_before
from chasing_pipeline.planning.recordings import NotRecorded, Recording

from .homes import DAY, REACHABLE, SmallHome, TroubledSender, failing, instant, once

SENT = set(REACHABLE) - {"P1", "X1"}

on_both_databases = pytest.mark.parametrize("ledger_kind", ["sqlite", "postgresql"])


def stop(home: SmallHome) -> None:
    stop_sending(home.open().ledger, "Jane Doe", "wrong prices", instant(), DAY)


def test_nothing_goes_out_while_sending_is_stopped(home: SmallHome) -> None:
    stop(home)
    with pytest.raises(DispatchRefused, match=r"Jane Doe.*wrong prices.*resume"):
        home.dispatch()
    assert home.files() == []
    assert home.todos() == {}


def test_the_switch_stops_a_dispatch_that_is_at_work(home: SmallHome) -> None:
    sender = TroubledSender(home.outbox, after=once(lambda: stop(home)))
    report = home.dispatch(senders=dict.fromkeys(home.open().senders, sender))
    assert len(home.files()) == 1
    assert report.outcomes["stopped"] > 0
    assert any("Jane Doe" in remark for remark in report.remarks)


def test_sending_goes_on_once_it_is_resumed_and_both_are_in_the_log(home: SmallHome) -> None:
    stop(home)
    resume_sending(home.open().ledger, "John Roe", "", instant(), DAY)
    home.dispatch()
    assert set(home.happened("sent")) == SENT


def test_a_payment_that_arrives_while_the_message_is_on_its_way_to_the_provider_stops_it(home: SmallHome) -> None:
    def pay(order: Order) -> None:
        home.pay(order.customer_number, "1000.00")

    home.dispatch(senders={Channel.SMS: TroubledSender(home.outbox, before=pay)})
    assert home.states()["S1"] == "cancelled"
    assert not [path for path in home.files() if path.name.startswith("S1")]


def test_a_part_payment_at_the_last_moment_is_in_the_message(home: SmallHome) -> None:
    def pay(order: Order) -> None:
        if order.customer_number == "E2":
            home.pay("E2", "250.00")

    sender = TroubledSender(home.outbox, before=once_for("E2", pay))
    home.dispatch(senders={Channel.EMAIL: sender})
    assert sender.tried.count("E2") == 2
    assert "750.00" in home.mail("E2").get_body(("plain",)).get_content()  # type: ignore[union-attr]


def once_for(customer: str, work: Callable[[Order], None]) -> Callable[[Order], None]:
    done: list[str] = []

    def first(order: Order) -> None:
        if order.customer_number == customer and not done:
            done.append(customer)
            work(order)

    return first


def test_facts_that_never_stop_changing_leave_the_action_for_later(home: SmallHome) -> None:
    amounts = iter(range(1, 50))

    def pay(order: Order) -> None:
        home.pay("S1", f"{next(amounts)}.00")

    report = home.dispatch(senders={Channel.SMS: TroubledSender(home.outbox, before=pay)})
    assert report.outcomes["waiting"] == 1
    assert home.states()["S1"] == "planned"


def test_an_opt_out_that_the_provider_reports_is_kept_and_asks_a_person(home: SmallHome) -> None:
    home.dispatch(senders={Channel.SMS: TroubledSender(home.outbox, error=failing(OptedOut))})
    assert home.states()["S1"] == "failed"
    assert "S1" in home.happened("opted_out")
    assert home.todos()["S1"]["kind"] == "mend_contact"


def test_an_opt_out_on_record_is_kept_by_all_planning_from_the_next_day_on(
    home: SmallHome, plan: Callable[..., None]
) -> None:
    home.dispatch(senders={Channel.SMS: TroubledSender(home.outbox, error=failing(OptedOut))})
    second = DAY + timedelta(days=2)
    home.write_extract(second)
    plan(home.open(second))
    assert (home.actions(second)["S1"].status, home.actions(second)["S1"].recipient) == ("unreachable", None)
    with DuckDBEngine(threads=1) as engine:
        engine.attach_parquet("step_decisions", home.open(second).warehouse.path("step_decisions", second))
        rows = engine.table_rows("step_decisions")
    assert "opted_out" in {row["verdict"] for row in rows if row["customer_number"] == "S1"}
    sender = TroubledSender(home.outbox)
    home.dispatch(second, {Channel.SMS: sender})
    assert sender.tried == []


def test_after_an_opt_out_the_next_contact_is_written_to(home: SmallHome, plan: Callable[..., None]) -> None:
    home.dispatch(senders={Channel.SMS: TroubledSender(home.outbox, error=failing(OptedOut))})
    second = DAY + timedelta(days=2)
    home.write_extract(second)
    home.append(f"extracts/{second}/contacts.csv", "S1,Sam S1,sam@s1.example,+447700900177,false")
    plan(home.open(second))
    assert home.actions(second)["S1"].contact_name == "Sam S1"


def say(home: SmallHome, kind: str) -> None:
    """Record what S1 said of texts."""
    home.open().recorder().record(Recording(kind, "S1", "Jane Doe", "by phone", channel=Channel.SMS))


@on_both_databases
def test_an_opt_out_that_was_taken_back_counts_no_more_also_while_messages_go_out(home: SmallHome) -> None:
    def status() -> str:
        facts = fresh.facts(action_id)
        assert facts
        return facts.action.status

    own, action_id = home.open(), home.actions()["S1"].action_id
    with fresh_plan(own.home, own.ledger, DAY, lambda _: None) as fresh:
        found = [status()]
        for kind in ("opted_out", "opted_in", "opted_out", "opted_in"):
            say(home, kind)
            found.append(status())
    assert found == ["ready", "unreachable", "ready", "unreachable", "ready"]
    home.dispatch()
    assert "S1" in home.happened("sent")


@on_both_databases
def test_what_the_provider_reports_takes_the_place_of_what_people_said(home: SmallHome) -> None:
    own = home.open()
    say(home, "opted_out")
    number = home.actions()["S1"].recipient
    reported = OptOut(Channel.SMS, str(number), number, "21610", own.clock.now())
    own.ledger.write(lambda connection: record_opt_out(connection, reported))
    with pytest.raises(NotRecorded, match="would refuse to send"):
        say(home, "opted_in")
    assert progress_before(own.ledger, DAY, holds_until=DAY).opt_outs == [("sms", number)]


def test_a_past_day_still_knows_the_opt_out_of_its_time(home: SmallHome) -> None:
    second, third = DAY + timedelta(days=1), DAY + timedelta(days=2)
    say(home, "opted_out")
    later = Recording("opted_in", "S1", "Jane Doe", "by phone", channel=Channel.SMS)
    home.open(third).recorder().record(later)
    known = [progress_before(home.open().ledger, day).opt_outs for day in (DAY, second, third, third + timedelta(1))]
    assert [len(rows) for rows in known] == [0, 1, 1, 0]


def test_no_more_than_so_many_contacts_a_day_reach_one_recipient(home: SmallHome) -> None:
    contacts = home.root / "extracts" / DAY.isoformat() / "contacts.csv"
    text = contacts.read_text().replace("e2@e2.example", "e1@e1.example").replace("e3@e3.example", "e1@e1.example")
    contacts.write_text(text)
    home.set("limits: {per_recipient_a_day: 2}")
    report = home.dispatch()
    assert report.outcomes["over_limit"] == 1
    assert len(set(home.happened("sent")) & {"E1", "E2", "E3"}) == 2


def test_seven_days_are_counted_for_one_recipient(home: SmallHome, plan: Callable[..., None]) -> None:
    home.set("limits: {per_recipient_in_seven_days: 1}")
    home.dispatch()
    second = DAY + timedelta(days=2)
    home.write_extract(second)
    plan(home.open(second))
    report = home.dispatch(second)
    assert report.outcomes["over_limit"] == len(SENT)
    assert home.happened("sent", second) == {}


def test_a_number_whose_last_call_is_undecided_is_not_dialled(home: SmallHome, plan: Callable[..., None]) -> None:
    home.dispatch(senders={Channel.AUTO_CALL: TroubledSender(home.outbox, late_error=failing(InDoubt, "A1"))})
    contacts = home.root / "extracts" / DAY.isoformat() / "contacts.csv"
    number = next(row["mobile"] for row in home.rows("contacts") if row["customer_number"] == "A1")
    customers = home.root / "extracts" / DAY.isoformat() / "customers.csv"
    customers.write_text(customers.read_text() + "A2,Customer A2,1 Mill Lane,Leeds,LS1 1AA,GB,auto_call\n")
    contacts.write_text(contacts.read_text() + f"A2,Jo A2,a2@a2.example,{number},true\n")
    home.append(f"extracts/{DAY}/invoices.csv", "I-A2,A2,2026-03-01,2026-03-17,GBP,1000.00")
    plan(home.open())
    sender = TroubledSender(home.outbox, known=Evidence.EARLY)
    report = home.dispatch(senders={Channel.AUTO_CALL: sender})
    assert home.files() != []
    assert home.states()["A2"] == "planned"
    assert report.outcomes["waiting"] == 1


def test_a_refusal_before_the_message_left_is_carried_out_all_the_same(home: SmallHome) -> None:
    home.dispatch(senders={Channel.EMAIL: TroubledSender(home.outbox, error=failing(Refused, "E1"))})
    assert home.states()["E1"] == "failed"


@pytest.mark.parametrize(("hour", "goes"), [(7, False), (8, True), (19, True), (20, False)])
def test_a_live_text_goes_out_within_contact_hours_only(home: SmallHome, hour: int, goes: bool) -> None:
    action: Action = dataclasses.replace(home.actions()["S1"], not_before=instant(8), not_after=instant(20))
    assert is_time(action, instant(hour)) is goes


def test_the_action_table_says_until_when_texts_and_calls_may_reach_the_recipient(home: SmallHome) -> None:
    actions = home.actions()
    assert actions["E1"].not_after is None
    assert actions["S1"].not_after is not None
    assert actions["S1"].not_after.astimezone().tzinfo is not None
    assert f"{actions['S1'].not_after:%H:%M}" == "23:59"
