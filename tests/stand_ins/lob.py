"""Lob's letters and address verifications: created once per idempotency key, listed by metadata, tracked as days go by.

Does not belong here: what Lob refuses (``lob_requests``), how a letter or a verification looks (``lob_replies``).
"""

import threading
import time
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from .faults import Faults
from .lob_replies import DAY, intl_verification, letter_at, us_verification
from .lob_requests import LobRefusal, Parameters, check_letter, fingerprint, parameters_of
from .store import Record, instant
from .web import Received, Reply, Request, WebStandIn, as_json

API_KEY = "live_made_up_key_of_a_stand_in"
KEY_LIFE = 24 * 3600.0
WINDOW = 5.0
"""Seconds over which requests are counted."""


class LobStandIn(WebStandIn):
    """``fates``: what becomes of letters to a postal code (``returned``, ``failed``: not rendered).

    ``pace``: seconds between two scans of the post. ``rate_limit``: requests in five seconds, or None.
    Letters of a key that begins ``test_`` are never mailed.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        faults: Faults | None = None,
        journal: Path | None = None,
        received: Received | None = None,
        api_key: str = API_KEY,
        fates: Mapping[str, str] | None = None,
        pace: float = DAY,
        cancel_window: float = 300.0,
        rate_limit: int | None = 150,
    ) -> None:
        super().__init__(port=port, faults=faults, journal=journal, received=received)
        self.api_key, self.fates, self.pace = api_key, dict(fates or {}), pace
        self.cancel_window, self.rate_limit = cancel_window, rate_limit
        self._recent: deque[float] = deque()
        self._counting = threading.Lock()

    @property
    def letters(self) -> list[Record]:
        """The letters that it accepted, with what was ``asked`` (without the file), in that order."""
        return self.store.all("letters")

    def environment(self) -> dict[str, str]:
        """What to export so that the pipeline talks to it."""
        return {"LOB_API_KEY": self.api_key, "LOB_BASE_URL": f"{self.url}/v1"}

    def controlled(self, path: Sequence[str], given: dict[str, Any]) -> Any:
        if path == ["fates"]:
            self.fates.update(given)
            return self.fates
        return super().controlled(path, given)

    def failure(self, status: int) -> Reply:
        if status == 429:
            message = "Rate limit exceeded. Please wait 5 seconds and try your request again."
            return self._error(LobRefusal(message, "rate_limit_exceeded", 429))
        return self._error(LobRefusal("An internal server error occurred.", "internal_server_error", 500))

    def operation(self, request: Request) -> str:
        resource, _, single = request.path.removeprefix("/v1/").partition("/")
        if request.method == "POST":
            return "create" if resource == "letters" else "verify"
        return "delete" if request.method == "DELETE" else "fetch" if single else "list"

    def answer(self, request: Request) -> Reply:
        try:
            if request.credentials() != (self.api_key, ""):
                raise LobRefusal("Your API key is not valid.", "invalid_api_key", 401)
            counted = self._count()
            if counted is None:
                return self.failure(429)
            reply = self._answer(request)
            return Reply(reply.status, reply.content, headers=counted, identity=reply.identity)
        except LobRefusal as refusal:
            self.received(f"refused {refusal.code}: {refusal.message}")
            return self._error(refusal)
        except ValueError as error:
            return self._error(LobRefusal(str(error)))

    def _answer(self, request: Request) -> Reply:
        match request.method, request.path.removeprefix("/v1/").split("/"):
            case "POST", ["letters"]:
                return self._create(request)
            case "GET", ["letters"]:
                return as_json(200, self._list(dict(request.query)))
            case "GET", ["letters", identity]:
                return self._shown(self._letter(identity))
            case "DELETE", ["letters", identity]:
                return self._cancel(self._letter(identity))
            case "POST", ["us_verifications"]:
                return as_json(200, us_verification(self._parameters(request)), identity="id")
            case "POST", ["intl_verifications"]:
                return as_json(200, intl_verification(self._parameters(request)), identity="id")
        raise LobRefusal("endpoint not found", "unrecognized_endpoint", 404)

    @staticmethod
    def _error(refusal: LobRefusal) -> Reply:
        content = {"message": refusal.message, "status_code": refusal.status, "code": refusal.code}
        return as_json(refusal.status, {"error": content})

    @staticmethod
    def _parameters(request: Request) -> Parameters:
        try:
            return parameters_of(request.headers.get("content-type", ""), request.body)
        except ValueError as error:
            raise LobRefusal(f"the body can't be read: {error}", "bad_request") from None

    def _count(self) -> dict[str, str] | None:
        """The headers on the rate of requests, or None if there are too many."""
        if self.rate_limit is None:
            return {}
        with self._counting:
            now = time.monotonic()
            while self._recent and self._recent[0] <= now - WINDOW:
                self._recent.popleft()
            if len(self._recent) >= self.rate_limit:
                return None
            self._recent.append(now)
            left = self.rate_limit - len(self._recent)
        reset = str(int(time.time() + WINDOW))
        return {"ratelimit-limit": str(self.rate_limit), "ratelimit-remaining": str(left), "ratelimit-reset": reset}

    def _create(self, request: Request) -> Reply:
        parameters = self._parameters(request)
        key = request.headers.get("idempotency-key") or dict(request.query).get("idempotency_key", "")
        if len(key) > 256:
            raise LobRefusal("the idempotency key must be no longer than 256 characters")
        pages = check_letter(parameters)
        same = fingerprint(parameters)
        with self.store.lock:
            earlier = self.store.get("keys", key) if key else None
            if earlier is not None and earlier["at"] > self.clock.now() - KEY_LIFE:
                if earlier["fingerprint"] != same:
                    message = "the idempotency key has been used with other parameters"
                    raise LobRefusal(message, "conflict")
                return self._shown(self._letter(earlier["letter"]))
            record = self._keep(parameters, pages)
            if key:
                entry = {"at": record["created"], "fingerprint": same, "letter": record["id"]}
                self.store.put("keys", key, entry)
        to = parameters["to"]
        name = to.get("name") or to.get("company")
        self.received(f"letter {name}, {to['address_line1']}, {to.get('address_city', '')}  {pages} page(s)")
        return self._shown(record)

    def _keep(self, parameters: Parameters, pages: int) -> Record:
        now = self.clock.now()
        given = parameters.get("send_date")
        record = {
            "id": f"ltr_{uuid.uuid4().hex[:16]}",
            "asked": {name: value for name, value in parameters.items() if name != "file"},
            "sha256": fingerprint({"file": parameters["file"]}),
            "pages": pages,
            "created": now,
            "sent": datetime.fromisoformat(given).timestamp() if given else now + self.cancel_window,
            "fate": self.fates.get(parameters["to"].get("address_zip", "")),
            "is_mailed": not self.api_key.startswith("test_"),
            "deleted": None,
        }
        self.store.put("letters", record["id"], record)
        return record

    def _letter(self, identity: str) -> Record:
        record = self.store.get("letters", identity)
        if record is None:
            raise LobRefusal("letter not found", "not_found", 404)
        return record

    def _shown(self, record: Record) -> Reply:
        return as_json(200, letter_at(record, self.clock.now(), self.pace), identity="id")

    def _cancel(self, record: Record) -> Reply:
        if record["deleted"] is None and self.clock.now() >= record["sent"]:
            raise LobRefusal("letter is past its send_date and can't be cancelled", "not_deletable")
        self.store.put("letters", record["id"], {**record, "deleted": record["deleted"] or self.clock.now()})
        return as_json(200, {"id": record["id"], "deleted": True})

    def _list(self, asked: dict[str, str]) -> dict[str, Any]:
        limit = int(asked.pop("limit", 10))
        if not 1 <= limit <= 100:
            raise LobRefusal("limit must be between 1 and 100")
        now = self.clock.now()
        until = now - self.faults.lag
        shown = [
            letter_at(record, now, self.pace)
            for record in reversed(self.letters)
            if record["created"] <= until and record["deleted"] is None and _is_asked(record, asked)
        ]
        if "status" in asked:
            shown = [letter for letter in shown if letter["status"] == asked["status"]]
        place = {letter["id"]: number for number, letter in enumerate(shown)}
        start = place.get(asked.pop("after", ""), -1) + 1
        if "before" in asked:
            start = max(place.get(asked.pop("before"), 0) - limit, 0)
        data = shown[start : start + limit]

        def url(direction: str, letter: dict[str, Any]) -> str:
            return f"{self.url}/v1/letters?{urlencode({**asked, 'limit': limit, direction: letter['id']})}"

        return {
            "data": data,
            "object": "list",
            "next_url": url("after", data[-1]) if start + limit < len(shown) else None,
            "previous_url": url("before", data[0]) if start and data else None,
            "count": len(data),
            **({"total_count": len(shown)} if "include[]" in asked else {}),
        }


_LIST_FILTERS = {"after", "before", "status", "include[]", "color", "mail_type"}


def _is_asked(record: Record, asked: Mapping[str, str]) -> bool:
    created = instant(record["created"])
    for name, value in asked.items():
        outer, _, inner = name.removesuffix("]").partition("[")
        if outer == "metadata":
            if (record["asked"].get("metadata") or {}).get(inner) != value:
                return False
        elif outer == "date_created":
            bound = datetime.fromisoformat(value)
            bound = bound.replace(tzinfo=bound.tzinfo or created.tzinfo)
            if not {"gt": created > bound, "gte": created >= bound, "lt": created < bound, "lte": created <= bound}[
                inner
            ]:
                return False
        elif name in ("color", "mail_type"):
            if str(record["asked"].get(name, "usps_first_class")).lower() != value:
                return False
        elif name not in _LIST_FILTERS:
            raise LobRefusal(f"{name} is not allowed")
    return True
