"""What follows from a sending of which nobody knows how it ended: by channel, evidence, and what was done before."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from chasing_pipeline.channels.errors import ChannelUnavailable, InDoubt
from chasing_pipeline.channels.protocol import Evidence, Found, Interrupted
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.frozen import fingerprint, thaw
from chasing_pipeline.domain.message import Letter
from chasing_pipeline.ledger import dispatches
from chasing_pipeline.ledger.dispatches import Owed

from .homes import DAY, SmallHome, TroubledSender, failing

WHO = {Channel.EMAIL: "E1", Channel.SMS: "S1", Channel.LETTER: "L1", Channel.AUTO_CALL: "A1"}
EVERY_CHANNEL = pytest.mark.parametrize("channel", list(WHO), ids=lambda channel: channel.value)


def doubtful(home: SmallHome) -> TroubledSender:
    """A sender that loses the answer after it has committed, and before anything has gone out."""
    return TroubledSender(home.outbox, late_error=failing(InDoubt, *WHO.values()))


def with_evidence(home: SmallHome, evidence: Evidence) -> TroubledSender:
    return TroubledSender(home.outbox, known=evidence)


def dispatch(home: SmallHome, channel: Channel, sender: TroubledSender) -> str:
    """Dispatch with one channel in trouble; return the state of its customer's action."""
    home.dispatch(senders={channel: sender})
    return home.states()[WHO[channel]]


@EVERY_CHANNEL
def test_a_doubt_that_had_gone_out_is_sent_and_a_contact(home: SmallHome, channel: Channel) -> None:
    assert dispatch(home, channel, doubtful(home)) == "doubt"
    sender = with_evidence(home, Evidence.SENT)
    assert dispatch(home, channel, sender) == "sent"
    assert WHO[channel] not in sender.tried
    assert "in doubt" in home.happened("sent")[WHO[channel]]


@EVERY_CHANNEL
def test_what_can_not_be_told_yet_stays_in_doubt_and_is_said(home: SmallHome, channel: Channel) -> None:
    dispatch(home, channel, doubtful(home))
    sender = with_evidence(home, Evidence.EARLY)
    report = home.dispatch(senders={channel: sender})
    assert home.states()[WHO[channel]] == "doubt"
    assert WHO[channel] not in sender.tried
    assert any(WHO[channel] in remark and "in doubt" in remark for remark in report.remarks)


@EVERY_CHANNEL
def test_a_doubt_with_nowhere_to_look_goes_to_a_person_with_what_is_known(home: SmallHome, channel: Channel) -> None:
    dispatch(home, channel, doubtful(home))
    assert dispatch(home, channel, with_evidence(home, Evidence.UNKNOWN)) == "human"
    todo = home.todos()[WHO[channel]]
    assert todo["kind"] == "in_doubt"
    assert "as the test has it" in todo["detail"]
    assert f"{DAY}" in todo["detail"]


@EVERY_CHANNEL
def test_a_provider_that_can_not_be_asked_leaves_the_doubt_and_the_others_go_on(
    home: SmallHome, channel: Channel
) -> None:
    class Silent(TroubledSender):
        def evidence(self, interrupted: Interrupted) -> Found:
            raise ChannelUnavailable("nobody answers")

    dispatch(home, channel, doubtful(home))
    assert dispatch(home, channel, Silent(home.outbox)) == "doubt"
    assert len(home.happened("sent")) == 5


def test_an_absent_email_goes_to_a_person_and_is_never_sent_again(home: SmallHome) -> None:
    dispatch(home, Channel.EMAIL, doubtful(home))
    sender = with_evidence(home, Evidence.ABSENT)
    home.dispatch(senders={Channel.EMAIL: sender})
    home.dispatch(senders={Channel.EMAIL: sender})
    assert sender.tried == []
    assert home.states()["E1"] == "human"


def test_an_absent_text_is_sent_once_more_and_a_second_doubt_goes_to_a_person(home: SmallHome) -> None:
    dispatch(home, Channel.SMS, doubtful(home))
    again = TroubledSender(home.outbox, known=Evidence.ABSENT, late_error=failing(InDoubt, "S1"))
    assert dispatch(home, Channel.SMS, again) == "doubt"
    assert again.tried == ["S1"]
    last = with_evidence(home, Evidence.ABSENT)
    assert dispatch(home, Channel.SMS, last) == "human"
    assert last.tried == []


def test_an_absent_call_is_dialled_again_on_the_next_day_only(home: SmallHome, plan: Callable[..., None]) -> None:
    dispatch(home, Channel.AUTO_CALL, doubtful(home))
    sender = with_evidence(home, Evidence.ABSENT)
    assert dispatch(home, Channel.AUTO_CALL, sender) == "planned"
    assert sender.tried == []
    tomorrow = DAY + timedelta(days=1)
    plan(home.open(tomorrow))
    home.dispatch(tomorrow, {Channel.AUTO_CALL: sender})
    assert sender.tried == ["A1"]
    assert "A1" in home.happened("sent", tomorrow)


def test_an_absent_letter_is_repeated_with_the_very_bytes_that_were_frozen(home: SmallHome) -> None:
    dispatch(home, Channel.LETTER, doubtful(home))
    ledger, action_id = home.open().ledger, home.actions()["L1"].action_id
    before = dispatches.frozen_message(ledger, action_id)
    home.write("templates/letter/letter.html", "<p>Other words.</p>\n")
    sender = with_evidence(home, Evidence.ABSENT)
    assert dispatch(home, Channel.LETTER, sender) == "sent"
    assert sender.tried == ["L1"]
    assert dispatches.frozen_message(ledger, action_id) == before
    assert before is not None
    assert isinstance(thaw(before), Letter)


def test_a_payment_that_arrived_meanwhile_keeps_an_absent_text_from_being_sent_again(home: SmallHome) -> None:
    dispatch(home, Channel.SMS, doubtful(home))
    home.pay("S1", "1000.00")
    sender = with_evidence(home, Evidence.ABSENT)
    assert dispatch(home, Channel.SMS, sender) == "cancelled"
    assert sender.tried == []


def test_a_doubt_of_which_nothing_is_heard_for_days_goes_to_a_person(
    home: SmallHome, plan: Callable[..., None]
) -> None:
    dispatch(home, Channel.SMS, doubtful(home))
    late = DAY + timedelta(days=4)
    home.write_extract(late)
    plan(home.open(late))
    home.dispatch(late, {Channel.SMS: with_evidence(home, Evidence.EARLY)})
    assert home.states()["S1"] == "human"


def test_the_ledger_keeps_what_was_sent_and_its_fingerprint(home: SmallHome) -> None:
    home.dispatch()
    ledger = home.open().ledger
    for action in home.actions().values():
        content = dispatches.frozen_message(ledger, action.action_id)
        assert content is not None
        assert len(fingerprint(content)) == 64
    assert dispatches.forget_messages(ledger, datetime.fromisoformat(f"{DAY}T00:00:00+00:00")) == 0
    assert dispatches.forget_messages(ledger, datetime.fromisoformat("2030-01-01T00:00:00+00:00")) == 9


def test_messages_in_doubt_are_never_forgotten(home: SmallHome) -> None:
    dispatch(home, Channel.SMS, doubtful(home))
    ledger = home.open().ledger
    dispatches.forget_messages(ledger, datetime.fromisoformat("2030-01-01T00:00:00+00:00"))
    assert dispatches.frozen_message(ledger, home.actions()["S1"].action_id)


def test_what_is_in_doubt_is_not_owed(home: SmallHome) -> None:
    dispatch(home, Channel.SMS, doubtful(home))
    own = home.open()
    actions, units = own.planned_actions(DAY)
    owed: dict[str, Owed] = dispatches.owe(own.ledger, actions, units, own.clock.now())
    assert owed == {}
