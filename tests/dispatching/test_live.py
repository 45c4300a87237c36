"""Live mode from end to end against stand-ins: what goes out, what is said when it can't, what is never shown."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chasing_pipeline.dispatching.dispatcher import DispatchReport
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.ledger import activities
from tests.crash.live_homes import LiveHome, StandIns, stand_ins

CHANNELS = pytest.mark.parametrize(
    "channel", [Channel.EMAIL, Channel.SMS, Channel.AUTO_CALL, Channel.LETTER], ids=lambda channel: channel.value
)


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIns]:
    with stand_ins() as found:
        for name, value in found.environment().items():
            monkeypatch.setenv(name, value)
        yield found


@pytest.fixture
def live(tmp_path: Path, plan: Callable[..., None]) -> Callable[..., LiveHome]:
    """Makes a live home of one channel whose day is planned; ``change`` edits its files before."""

    def make(channel: Channel, change: Callable[[LiveHome], None] = lambda home: None) -> LiveHome:
        home = LiveHome(tmp_path / "home", channel).create(3)
        change(home)
        plan(home.open())
        return home

    return make


def dispatch(home: LiveHome) -> DispatchReport:
    chasing = home.open()
    return chasing.dispatcher().run(home.day, *chasing.planned_actions(home.day))


def edit(name: str, old: str, new: str) -> Callable[[LiveHome], None]:
    def change(home: LiveHome) -> None:
        path = home.root / name.format(day=home.day)
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    return change


@CHANNELS
def test_everybody_gets_the_message_and_nothing_of_it_is_logged(
    channel: Channel, live: Callable[..., LiveHome], providers: StandIns, caplog: pytest.LogCaptureFixture
) -> None:
    home = live(channel)
    with caplog.at_level(logging.DEBUG):
        report = dispatch(home)
    assert report.outcomes == {"sent": 3}
    assert set(home.received(providers).values()) == {1}
    secrets = [value for name, value in providers.environment().items() if "TOKEN" in name or "KEY" in name]
    for hidden in ("owes", "+4477", "c001@", "password", *secrets):
        assert hidden not in caplog.text


@CHANNELS
def test_wrong_credentials_stop_the_channel_with_what_to_mend_and_without_the_secret(
    channel: Channel, live: Callable[..., LiveHome], providers: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = providers.mail.smtp.port
    monkeypatch.setenv("SMTP_URL", f"smtp://relay-user:s3cret-word@127.0.0.1:{port}?starttls=true")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "s3cret-word")
    monkeypatch.setenv("LOB_API_KEY", "s3cret-word")
    home = live(channel)
    report = dispatch(home)
    assert report.has_stopped_channels
    assert set(home.states().values()) == {"planned"}
    assert any(channel.value in remark for remark in report.remarks)
    assert "s3cret-word" not in " ".join(report.remarks)
    assert home.todos() == set()


@CHANNELS
def test_a_server_that_is_not_there_stops_the_channel_and_names_it(
    channel: Channel, live: Callable[..., LiveHome], providers: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", "smtp://relay-user:s3cret-word@127.0.0.1:1?starttls=true")
    monkeypatch.setenv("TWILIO_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("LOB_BASE_URL", "http://127.0.0.1:1/v1")
    home = live(channel)
    report = dispatch(home)
    assert any("127.0.0.1:1" in remark for remark in report.remarks)
    assert "s3cret-word" not in " ".join(report.remarks)
    assert set(home.states().values()) == {"planned"}


def test_a_number_in_a_country_that_is_not_allowed_is_never_dialled_and_a_person_is_told(
    live: Callable[..., LiveHome], providers: StandIns
) -> None:
    home = live(Channel.AUTO_CALL, edit("extracts/{day}/contacts.csv", "+447700900001", "+33199000123"))
    assert dispatch(home).outcomes == {"sent": 2, "failed": 1}
    assert home.states()["C001"] == "failed"
    assert home.todos() == {"C001"}
    assert len(providers.twilio.calls) == 2


def test_an_address_that_the_printer_refuses_fails_for_good_with_a_to_do(
    live: Callable[..., LiveHome], providers: StandIns
) -> None:
    address = "2 Mill Lane,Springfield,"
    home = live(Channel.LETTER, edit("extracts/{day}/customers.csv", f"{address}IL", address))
    assert dispatch(home).outcomes == {"sent": 2, "failed": 1}
    assert home.todos() == {"C001"}


def test_a_text_to_somebody_who_texted_stop_is_an_opt_out(live: Callable[..., LiveHome], providers: StandIns) -> None:
    providers.twilio.text_stop("+447700900001")
    home = live(Channel.SMS)
    assert dispatch(home).outcomes == {"sent": 2, "failed": 1}
    kinds = {row["kind"] for row in activities.of_customer(home.open().ledger, "C001")}
    assert {"failed", "opted_out", "todo_created"} <= kinds


@CHANNELS
def test_what_became_of_the_messages_is_learnt(
    channel: Channel, live: Callable[..., LiveHome], providers: StandIns
) -> None:
    home = live(channel)
    dispatch(home)
    providers.twilio.clock.advance(3600)
    providers.lob.clock.advance(30 * 86400)
    for message in providers.mail.mail.messages[:1]:
        providers.mail.mail.bounce(message, message["recipients"][0])
    report = home.open().deliveries().follow()
    wanted = {
        Channel.EMAIL: {"bounced": 1, "todo_created": 1},
        Channel.SMS: {"delivered": 3},
        Channel.AUTO_CALL: {"answered": 3},
        Channel.LETTER: {"delivered": 3},
    }
    assert report.remarks == []
    assert report.kinds == wanted[channel]


def test_a_channel_that_lacks_its_settings_refuses_the_dispatch_before_anything_is_sent(
    live: Callable[..., LiveHome], providers: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOB_API_KEY")
    home = live(Channel.LETTER)
    with pytest.raises(Exception, match="letter: LOB_API_KEY is not set"):
        dispatch(home)
    assert providers.lob.letters == []
