"""Faults, the control endpoint, the journal, and the command that starts all stand-ins."""

import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.stand_ins.faults import WEB_FAULTS, Fault, Faults
from tests.stand_ins.mail import MailStandIn
from tests.stand_ins.samples import OURS, THEIRS, email, smtp_client
from tests.stand_ins.store import Store, accepted
from tests.stand_ins.twilio import TwilioStandIn

ROOT = Path(__file__).parents[2]


def send(url: str, sid: str, token: str, session: Any = requests, body: str = "Please pay") -> requests.Response:
    form = {"To": THEIRS, "From": OURS, "Body": body}
    url = f"{url}/2010-04-01/Accounts/{sid}/Messages.json"
    reply: requests.Response = session.post(url, data=form, auth=(sid, token), timeout=0.5)
    return reply


def outcome(fault: str) -> tuple[int, Any]:
    """How many texts were accepted, and what the client saw: a status, an exception, or what is odd about the reply."""
    with TwilioStandIn(faults=Faults(script=[fault])) as twilio:
        seen: Any
        try:
            reply = send(twilio.url, twilio.account_sid, twilio.auth_token)
            seen = reply.status_code
            if seen == 429:
                seen = (429, reply.headers.get("Retry-After"))
            elif seen in (502, 503):
                seen = (seen, reply.headers["Content-Type"])
            elif seen == 201:
                seen = "no sid" if "sid" not in reply.json() else "fine"
        except requests.exceptions.JSONDecodeError:
            seen = "not JSON"
        except requests.ConnectionError:
            seen = "dropped"
        except requests.Timeout:
            seen = "silence"
        return len(twilio.texts), seen


EXPECTED = {
    "drop_before": (0, "dropped"),
    "drop_after": (1, "dropped"),
    "silence_after": (1, "silence"),
    "500_before": (0, 500),
    "500_after": (1, 500),
    "429": (0, (429, "1")),
    "429_bare": (0, (429, None)),
    "html_502_before": (0, (502, "text/html")),
    "html_502_after": (1, (502, "text/html")),
    "html_503_before": (0, (503, "text/html")),
    "garbage_after": (1, "not JSON"),
    "lacking_after": (1, "no sid"),
}


@pytest.mark.parametrize("fault", sorted(WEB_FAULTS))
def test_a_service_fails_as_it_is_told_to(fault: str) -> None:
    assert outcome(fault) == EXPECTED[fault]


def test_faults_come_as_often_as_they_are_to_and_the_same_each_time() -> None:
    faults = [Faults({"drop_after": 0.2, "429": 0.1}, seed=7) for _ in range(2)]
    drawn = [[each.draw("create", WEB_FAULTS) for _ in range(2000)] for each in faults]
    assert drawn[0] == drawn[1]
    counted = Counter(drawn[0])
    assert 340 < counted[Fault.DROP_AFTER] < 460
    assert 150 < counted[Fault.THROTTLED] < 250
    assert faults[0].happened == {name: count for name, count in counted.items() if name}


def test_only_what_is_named_fails() -> None:
    faults = Faults({"drop_after": 1.0})
    assert faults.draw("list", WEB_FAULTS) is None
    assert faults.draw("create", WEB_FAULTS) is Fault.DROP_AFTER
    assert Faults({"500_before": 1.0}, operations=["list"]).draw("list", WEB_FAULTS) is Fault.ERROR_BEFORE


def test_faults_are_read_from_a_line() -> None:
    faults = Faults.parse("drop_after=0.1,429=0.05,latency=0.2,lag=5,seed=7")
    assert faults.probabilities == {"drop_after": 0.1, "429": 0.05}
    assert (faults.latency, faults.lag, faults.seed) == (0.2, 5, 7)
    with pytest.raises(ValueError, match="drop_everything"):
        Faults.parse("drop_everything=1")


def test_faults_are_set_while_it_runs_and_the_state_is_told() -> None:
    with TwilioStandIn() as twilio:
        told = requests.post(f"{twilio.url}/_control/faults", json={"script": ["500_after"]}, timeout=5).json()
        assert told["script"] == ["500_after"]
        assert send(twilio.url, twilio.account_sid, twilio.auth_token).status_code == 500
        state = requests.get(f"{twilio.url}/_control/state", timeout=5).json()
        assert (len(state["messages"]), state["faults"]) == (1, {"500_after": 1})
        assert requests.post(f"{twilio.url}/_control/faults", json={"typo": 1}, timeout=5).status_code == 400
        assert requests.post(f"{twilio.url}/_control/stop", json={"number": THEIRS}, timeout=5).ok
        assert send(twilio.url, twilio.account_sid, twilio.auth_token).json()["code"] == 21610


def test_faults_of_mail_are_set_while_it_runs() -> None:
    with MailStandIn() as stand_in:
        requests.post(f"{stand_in.url}/_control/faults", json={"script": ["421_data"]}, timeout=5)
        requests.post(f"{stand_in.url}/_control/bounces", json={"gone@customer.example": "5.1.1"}, timeout=5)
        with smtp_client(stand_in.smtp) as relay:
            relay.mail("ar@acme.example")
            relay.rcpt("gone@customer.example")
            assert relay.docmd("DATA")[0] == 421
        with smtp_client(stand_in.smtp) as relay:
            relay.sendmail("ar@acme.example", ["gone@customer.example"], email())
        state = requests.get(f"{stand_in.url}/_control/state", timeout=5).json()
        assert (len(state["mail"]), len(state["bounces"])) == (1, 1)


def test_a_reply_takes_as_long_as_it_is_to_on_many_connections() -> None:
    def work(twilio: TwilioStandIn) -> None:
        with requests.Session() as session:
            for _ in range(5):
                send(twilio.url, twilio.account_sid, twilio.auth_token, session)

    with TwilioStandIn(faults=Faults(latency=0.1)) as twilio:
        threads = [threading.Thread(target=work, args=(twilio,)) for _ in range(10)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert 0.5 <= time.monotonic() - started < 3  # one connection alone would take 5 s
        assert len(twilio.texts) == 50


def test_a_journal_outlives_the_stand_in(tmp_path: Path) -> None:
    journal = tmp_path / "twilio.jsonl"
    with TwilioStandIn(journal=journal) as twilio:
        sid = send(twilio.url, twilio.account_sid, twilio.auth_token).json()["sid"]
    assert [record["sid"] for record in accepted(journal, "messages")] == [sid]
    with TwilioStandIn(journal=journal) as twilio:
        assert [record["sid"] for record in twilio.texts] == [sid]


def test_a_line_that_is_being_written_is_not_read(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    store = Store(journal)
    store.put("messages", "1", {"sid": "1"})
    store.put("messages", "1", {"sid": "1", "changed": True})
    store.close()
    journal.write_bytes(journal.read_bytes() + b'{"kind":"mess')
    assert accepted(journal, "messages") == [{"sid": "1", "changed": True}]


PORTS = [f"--{name}-port=0" for name in ("twilio", "lob", "mail", "smtp", "imap")]  # any that is free
COMMAND = [sys.executable, "-m", "tests.stand_ins", *PORTS]


def started(*options: str) -> tuple["subprocess.Popen[str]", dict[str, str]]:
    process = subprocess.Popen([*COMMAND, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    exports: dict[str, str] = {}
    assert process.stdout is not None
    for line in process.stdout:
        exports.update(re.findall(r"^export (\w+)='(.*)'$", line))
        if "Ctrl-C" in line:
            break
    return process, exports


def test_the_command_tells_what_to_export_and_what_comes_in_and_stops_cleanly() -> None:
    process, exports = started("--faults", "latency=0.01")
    with process:
        assert set(exports) == {
            *("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_BASE_URL", "LOB_API_KEY", "LOB_BASE_URL"),
            *("SMTP_URL", "IMAP_URL", "SSL_CERT_FILE"),
        }
        sid, token = exports["TWILIO_ACCOUNT_SID"], exports["TWILIO_AUTH_TOKEN"]
        assert send(exports["TWILIO_BASE_URL"], sid, token).status_code == 201
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=5)
    assert process.returncode == 0
    assert re.fullmatch(rf"\d\d:\d\d:\d\d  text   {re.escape(THEIRS)}  'Please pay'\n", output)


def test_what_was_accepted_can_be_counted_after_a_kill(tmp_path: Path) -> None:
    process, exports = started("--journal", str(tmp_path))
    with process:
        for number in range(3):
            sid, token = exports["TWILIO_ACCOUNT_SID"], exports["TWILIO_AUTH_TOKEN"]
            send(exports["TWILIO_BASE_URL"], sid, token, body=str(number))
        process.kill()
    assert [each["asked"]["Body"] for each in accepted(tmp_path / "twilio.jsonl", "messages")] == ["0", "1", "2"]
