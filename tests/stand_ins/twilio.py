"""Twilio's Messages and Calls: created once each, listed by number and day, progressing as time goes by.

No callbacks are made: ``StatusCallback`` is checked and kept. Does not belong here: what Twilio refuses
(``twilio_requests``), how a text or a call looks at a moment (``twilio_progress``).
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from . import twilio_requests as rules
from .faults import Faults
from .store import Record
from .twilio_lists import in_time, page
from .twilio_progress import API, call_at, call_status, sent_at, started_at, text_at
from .twilio_requests import TwilioRefusal
from .web import Received, Reply, Request, WebStandIn, as_json

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "made-up-token-of-a-stand-in"
POOL_NUMBER = "+15005550006"


class TwilioStandIn(WebStandIn):
    """``fates``: what becomes of the messages to a number. ``pace``: seconds a stage. ``numbers``: ours, or any (None).

    ``calls_a_second``: what exceeds it waits in the queue, as with Twilio.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        faults: Faults | None = None,
        journal: Path | None = None,
        received: Received | None = None,
        account_sid: str = ACCOUNT_SID,
        auth_token: str = AUTH_TOKEN,
        numbers: Iterable[str] | None = None,
        fates: Mapping[str, str] | None = None,
        pace: float = 1.0,
        calls_a_second: float = 1.0,
    ) -> None:
        super().__init__(port=port, faults=faults, journal=journal, received=received)
        self.account_sid, self.auth_token = account_sid, auth_token
        self.numbers = None if numbers is None else frozenset(numbers)
        self.fates, self.pace, self.calls_a_second = dict(fates or {}), pace, calls_a_second
        self._line_is_free_at = max((call["starts"] + 1 / calls_a_second for call in self.calls), default=0.0)

    @property
    def texts(self) -> list[Record]:
        """The texts that it accepted, with what was ``asked``, in that order."""
        return [record for record in self.store.all("messages") if not record["inbound"]]

    @property
    def calls(self) -> list[Record]:
        """The calls that it accepted."""
        return self.store.all("calls")

    def environment(self) -> dict[str, str]:
        """What to export so that the pipeline talks to it."""
        return {
            "TWILIO_ACCOUNT_SID": self.account_sid,
            "TWILIO_AUTH_TOKEN": self.auth_token,
            "TWILIO_BASE_URL": self.url,
        }

    def text_stop(self, number: str) -> None:
        """As if somebody had texted STOP from this number: nothing goes to it any more."""
        self.store.put("opt_outs", number, {"number": number})
        self._keep("messages", "SM", {"To": POOL_NUMBER, "From": number, "Body": "STOP"}, inbound=True)

    def pacing(self) -> dict[str, float]:
        """How evenly calls came: the most within a second, and the longest time that one had to wait, in seconds."""
        created = [call["created"] for call in self.calls]
        return {
            "most_in_a_second": max((sum(start <= at < start + 1 for at in created) for start in created), default=0),
            "longest_wait": max((call["starts"] - call["created"] for call in self.calls), default=0.0),
        }

    def controlled(self, path: Sequence[str], given: dict[str, Any]) -> Any:
        match path:
            case ["stop"]:
                self.text_stop(given["number"])
                return {}
            case ["fates"]:
                self.fates.update(given)
                return self.fates
            case ["state"]:
                return {**super().controlled(path, given), "pacing": self.pacing()}
        return super().controlled(path, given)

    def failure(self, status: int) -> Reply:
        code, message = {429: (20429, "Too Many Requests")}.get(status, (20500, "Internal Server Error"))
        return self._error(TwilioRefusal(code, message, status))

    def operation(self, request: Request) -> str:
        single = request.path.count("/") > 4
        if request.method == "POST":
            return "update" if single else "create"
        return "fetch" if single else "list"

    def answer(self, request: Request) -> Reply:
        try:
            return self._answer(request)
        except TwilioRefusal as refusal:
            self.received(f"refused {refusal.code}: {refusal.message}")
            return self._error(refusal)
        except ValueError as error:
            return self._error(TwilioRefusal(20001, f"Invalid parameter: {error}"))

    def _answer(self, request: Request) -> Reply:
        if request.credentials() != (self.account_sid, self.auth_token):
            raise TwilioRefusal(20003, "Authenticate", 401)
        match request.method, request.path.removeprefix(f"{API}/{self.account_sid}/").split("/"):
            case "POST", ["Messages.json"]:
                return self._create_text(self._form(request))
            case "POST", ["Calls.json"]:
                return self._create_call(self._form(request))
            case "POST", ["Calls", name]:
                return self._update_call(self._record("calls", name, request), self._form(request))
            case "GET", ["Messages.json"]:
                return self._list(request, "messages", text_at, rules.TEXT_FILTERS, {"DateSent": self._sent_at})
            case "GET", ["Calls.json"]:
                times = {"StartTime": self._started_at, "EndTime": self._ended_at}
                return self._list(request, "calls", call_at, rules.CALL_FILTERS, times)
            case "GET", ["Messages", name]:
                return self._one(200, text_at, self._record("messages", name, request))
            case "GET", ["Calls", name]:
                return self._one(200, call_at, self._record("calls", name, request))
        raise self._not_found(request)

    @staticmethod
    def _error(refusal: TwilioRefusal) -> Reply:
        more_info = f"https://www.twilio.com/docs/errors/{refusal.code}"
        content = {"code": refusal.code, "message": refusal.message, "more_info": more_info, "status": refusal.status}
        return as_json(refusal.status, content)

    @staticmethod
    def _not_found(request: Request) -> TwilioRefusal:
        return TwilioRefusal(20404, f"The requested resource {request.path} was not found", 404)

    @staticmethod
    def _form(request: Request) -> dict[str, str]:
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            raise TwilioRefusal(20001, "Twilio takes forms only", 400)
        return dict(parse_qsl(request.body.decode(), keep_blank_values=True))

    def _record(self, kind: str, name: str, request: Request) -> Record:
        record = self.store.get(kind, name.removesuffix(".json"))
        if record is None or not name.endswith(".json"):
            raise self._not_found(request)
        return record

    def _one(self, status: int, shown: Callable[[Record, float, float], dict[str, Any]], record: Record) -> Reply:
        return as_json(status, shown(record, self.clock.now(), self.pace), identity="sid")

    def _keep(self, kind: str, prefix: str, asked: dict[str, str], **more: Any) -> Record:
        record = {
            "sid": prefix + uuid.uuid4().hex,
            "account": self.account_sid,
            "asked": asked,
            "created": self.clock.now(),
            "fate": self.fates.get(asked["To"]),
            **more,
        }
        self.store.put(kind, record["sid"], record)
        return record

    def _create_text(self, asked: dict[str, str]) -> Reply:
        opted_out = frozenset(entry["number"] for entry in self.store.all("opt_outs"))
        rules.check_text(asked, self.numbers, opted_out)
        record = self._keep("messages", "SM", asked, inbound=False, pool=POOL_NUMBER)
        self.received(f"text   {asked['To']}  {asked.get('Body', '')!r}")
        # whatever the pace, Twilio's first answer is that it is queued
        return as_json(201, text_at({**record, "fate": None}, record["created"], self.pace or 1.0), identity="sid")

    def _create_call(self, asked: dict[str, str]) -> Reply:
        rules.check_call(asked, self.numbers)
        with self.store.lock:
            starts = max(self.clock.now(), self._line_is_free_at)
            self._line_is_free_at = starts + 1 / self.calls_a_second
            record = self._keep("calls", "CA", asked, starts=starts, ended=None)
        self.received(f"call   {asked['To']}  from {asked['From']}  {asked.get('Twiml', asked.get('Url'))}")
        queued = {**record, "starts": record["created"] + 1, "fate": None}
        return as_json(201, {**call_at(queued, record["created"], 1.0), "queue_time": "0"}, identity="sid")

    def _update_call(self, record: Record, asked: dict[str, str]) -> Reply:
        rules.check_names(asked, rules.CALL_UPDATES)
        rules.check_twiml(asked)
        now = self.clock.now()
        status, _ = call_status(record, now, self.pace)
        wanted = asked.get("Status")
        allowed = {"canceled": ("queued", "ringing"), "completed": ("queued", "ringing", "in-progress")}
        if status not in allowed.get(wanted or "", ("in-progress",)):
            raise TwilioRefusal(21220, "Call is not in-progress. Cannot redirect.")
        if wanted is not None:
            record = {**record, "ended": now}
        self.store.put("calls", record["sid"], {**record, "asked": {**record["asked"], **asked}})
        return self._one(200, call_at, record)

    def _sent_at(self, record: Record) -> float | None:
        return sent_at(record, self.clock.now(), self.pace)

    def _started_at(self, record: Record) -> float | None:
        return started_at(record, self.clock.now())

    def _ended_at(self, record: Record) -> float | None:
        return call_status(record, self.clock.now(), self.pace)[1]

    def _list(
        self,
        request: Request,
        kind: str,
        shown: Callable[[Record, float, float], dict[str, Any]],
        filters: frozenset[str],
        times: Mapping[str, Callable[[Record], float | None]],
    ) -> Reply:
        asked = dict(request.query)
        rules.check_names(asked, filters)
        now = self.clock.now()
        found = [shown(r, now, self.pace) for r in reversed(self._visible(kind, asked)) if in_time(r, asked, times)]
        if "Status" in asked:
            found = [each for each in found if each["status"] == asked["Status"]]
        return as_json(200, page(request.path, asked, kind, found))

    def _visible(self, kind: str, asked: Mapping[str, str]) -> list[Record]:
        until = self.clock.now() - self.faults.lag
        wanted = [(name, asked[name]) for name in ("To", "From") if name in asked]
        return [
            record
            for record in self.store.all(kind)
            if record["created"] <= until and all(record["asked"].get(name) == value for name, value in wanted)
        ]
