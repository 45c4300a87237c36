"""Between planning and sending the world moves on: what is not owed any more is cancelled, what changed is said."""

import json
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.problems import ConfigurationError
from chasing_pipeline.ledger.activities import Activity, record

from .homes import DAY, SmallHome, TroubledSender, instant, once

OTHERS = {"E2", "E3", "S1", "L1", "A1"}


def promise(home: SmallHome, customer: str, until: date = DAY) -> None:
    record(
        home.open().ledger,
        Activity("promise", instant(), DAY, "Jane Doe", customer_number=customer, promised_until=until),
    )


CHANGES: dict[str, tuple[Callable[[SmallHome], None], str]] = {
    "payment": (lambda home: home.pay("E1", "1000.00"), ""),
    "hold": (lambda home: home.hold("E1"), "paused"),
    "promise": (lambda home: promise(home, "E1"), "promise"),
    "do not chase": (lambda home: home.hold("E1", "do_not_chase"), "do_not_chase"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_between_planning_and_dispatch_cancels_the_action_and_says_why(home: SmallHome, what: str) -> None:
    change, verdict = CHANGES[what]
    change(home)
    home.dispatch()
    assert home.states()["E1"] == "cancelled"
    assert set(home.happened("sent")) == OTHERS
    cancelled = home.happened("cancelled")
    assert set(cancelled) == {"E1"}
    assert cancelled["E1"].startswith(verdict)
    assert cancelled["E1"]


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_in_the_middle_of_a_dispatch_is_noticed_before_the_next_sending(home: SmallHome, what: str) -> None:
    order = [name for name in home.open().planned_actions(DAY)[0] if name.channel is Channel.EMAIL and name.recipient]
    assert len(order) == 3
    last = order[-1].customer_number
    change = {
        "payment": lambda: home.pay(last, "1000.00"),
        "hold": lambda: home.hold(last),
        "promise": lambda: promise(home, last),
        "do not chase": lambda: home.hold(last, "do_not_chase"),
    }[what]
    sender = TroubledSender(home.outbox, after=once(change))
    home.dispatch(senders={Channel.EMAIL: sender})
    assert sender.tried == [action.customer_number for action in order[:2]]
    assert set(home.happened("cancelled")) == {last}


def test_an_opt_out_in_a_replaced_extract_makes_the_customer_unreachable(home: SmallHome) -> None:
    path = home.root / "extracts" / DAY.isoformat() / "contacts.csv"
    lines = path.read_text().splitlines()
    lines = [line + (",email_opt_out" if n == 0 else ",true" if line.startswith("E1,") else ",") for n, line in
             enumerate(lines)]  # fmt: skip
    path.write_text("\n".join(lines) + "\n")
    home.dispatch()
    assert home.states()["E1"] != "sent"
    assert set(home.happened("sent")) == OTHERS


def test_a_part_payment_changes_the_amount_that_the_message_names(home: SmallHome) -> None:
    home.pay("E1", "400.00")
    home.dispatch()
    text, unchanged = home.mail("E1").get_body(("plain",)), home.mail("E2").get_body(("plain",))
    assert text is not None
    assert unchanged is not None
    assert "600.00" in text.get_content()
    assert "1,000.00" not in text.get_content()
    assert "1,000.00" in unchanged.get_content()


def test_a_part_payment_in_the_middle_of_a_dispatch_changes_the_amount_of_the_next_message(home: SmallHome) -> None:
    sender = TroubledSender(home.outbox, after=once(lambda: home.pay("S1", "250.00")))
    home.dispatch(senders=dict.fromkeys((Channel.EMAIL, Channel.LETTER, Channel.AUTO_CALL), sender))
    (path,) = (path for path in home.files() if path.name.startswith("S1-"))
    assert sender.tried, "the change has to happen before the text goes out"
    assert "750.00" in json.loads(path.read_text())["form"]["Body"]


def test_a_cancelled_action_comes_due_again_on_a_later_day_and_is_then_carried_out(
    home: SmallHome, plan: Callable[..., None]
) -> None:
    tomorrow = DAY + timedelta(days=1)
    promise(home, "E1", until=DAY)
    home.dispatch()
    assert home.states()["E1"] == "cancelled"
    plan(home.open(tomorrow))
    assert set(home.actions(tomorrow)) == {"E1"}
    home.dispatch(tomorrow)
    assert home.states(tomorrow) == {"E1": "sent"}
    assert set(home.happened("sent", tomorrow)) == {"E1"}


def test_a_hold_taken_back_on_the_same_day_lets_the_action_go_out(home: SmallHome) -> None:
    home.hold("E1")
    home.dispatch()
    (home.root / "holds.csv").unlink()
    home.dispatch()
    assert home.states()["E1"] == "sent"


def test_a_cancellation_is_logged_once_however_often_the_dispatcher_runs(home: SmallHome) -> None:
    home.hold("E1")
    for _ in range(3):
        home.dispatch()
    assert set(home.happened("cancelled")) == {"E1"}


def test_an_action_that_was_never_planned_is_not_sent_because_it_is_due_now(
    unplanned: SmallHome, plan: Callable[..., None]
) -> None:
    unplanned.hold("E1")
    plan(unplanned.open())
    (unplanned.root / "holds.csv").unlink()
    unplanned.dispatch()
    assert "E1" not in unplanned.happened("sent")


def test_a_schedule_in_use_that_was_changed_since_the_planning_is_refused(home: SmallHome) -> None:
    path = home.root / "cadences" / "email.yaml"
    text = path.read_text()
    path.write_text(text.replace("channel: email", "channel: letter"))
    with pytest.raises(ConfigurationError, match="version 1 is in use and frozen; write version: 2"):
        home.dispatch()
    assert home.happened("sent") == {}
    path.write_text(text)
    home.dispatch()
    assert set(home.happened("sent")) == {"E1", *OTHERS}
