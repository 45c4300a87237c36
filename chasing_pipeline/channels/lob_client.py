"""The account at Lob: the SDK with one pool of connections, and its failures as ours.

The SDK has no session of its own and keeps its base URL in a global of the process; here a session of ours stands in
for ``requests`` inside it, knows the base URL of the call at hand, and notes the status of the reply, which the SDK
loses when the body is not JSON. Does not belong here: what a letter is made of (``lob_letter``).
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from chasing_pipeline.channels.errors import ChannelUnavailable, InDoubt, NotSent, SendError
from chasing_pipeline.channels.http_requests import is_unreachable, place, silence_urls
from chasing_pipeline.channels.lob_errors import refusal
from chasing_pipeline.channels.streaks import RefusalStreak
from chasing_pipeline.channels.timeouts import PATIENT, Timeouts
from chasing_pipeline.channels.wording import said

if TYPE_CHECKING:
    import requests

BASE_URL = "https://api.lob.com/v1"
_POOL = 64  # an upper limit: connections are made as threads need them


@dataclass(frozen=True)
class LobAccount:
    """Who we are at Lob, and where it is. Keys that begin with ``test_`` never print."""

    key: SecretStr
    base_url: str = BASE_URL


class LobClient:
    """Requests without retries, for several threads."""

    def __init__(self, account: LobAccount, timeouts: Timeouts = PATIENT) -> None:
        self._account = account
        self._timeouts = timeouts
        silence_urls()
        self._transport = _transport()

    def create_letter(self, streak: RefusalStreak, **fields: Any) -> str:
        """Make a letter; return its id. Every failure says whether it may exist."""
        import lob

        letter = self._call(lambda: lob.Letter.create(**self._with_account(fields)), streak)
        identity = letter.get("id") if isinstance(letter, dict) else None
        if not isinstance(identity, str) or not identity:
            raise InDoubt("Lob's answer has no letter's id")
        streak.success()
        return identity

    def letters_of(self, dispatch_id: str) -> list[dict[str, Any]]:
        """The letters that carry this dispatch id. Raises ChannelUnavailable, or NotSent: they can't be read now."""
        import lob

        metadata = {"dispatch_id": dispatch_id}
        answer = self._look(lambda: lob.Letter.list(**self._with_account({"metadata": metadata, "limit": 10})))
        if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
            raise NotSent("Lob's list of letters can't be read now")
        # a server that does not know the filter would list every letter
        return [letter for letter in answer["data"] if (letter.get("metadata") or {}).get("dispatch_id") == dispatch_id]

    def letter(self, identity: str) -> dict[str, Any] | None:
        """One letter as it is now; None where there is none. Raises ChannelUnavailable or NotSent."""
        import lob

        def fetch() -> Any:
            try:
                return lob.Letter.retrieve(**self._with_account({"id": identity}))
            except lob.error.InvalidRequestError as error:
                if error.http_status == 404:
                    return None
                raise

        found = self._look(fetch)
        return found if isinstance(found, dict) else None

    def deliverability(self, country: str, address: dict[str, str]) -> str:
        """What Lob thinks of an address, in its own word. Raises ChannelUnavailable or NotSent."""
        import lob

        resource = lob.USVerification if country == "US" else lob.IntlVerification
        verified = self._look(lambda: resource.create(**self._with_account(dict(address))))
        return str(verified.get("deliverability", "")) if isinstance(verified, dict) else ""

    def _with_account(self, fields: dict[str, Any]) -> dict[str, Any]:
        timeout = (self._timeouts.connect, self._timeouts.read)
        return {**fields, "api_key": self._account.key.get_secret_value(), "timeout": timeout}

    def _call(self, request: Callable[[], Any], streak: RefusalStreak) -> Any:
        with self._transport.to(self._account.base_url) as reply:
            try:
                return request()
            except Exception as error:
                raise self._translated(error, reply.status, streak) from None

    def _look(self, request: Callable[[], Any]) -> Any:
        try:
            return self._call(request, RefusalStreak())
        except ChannelUnavailable:
            raise
        except SendError as failure:
            raise NotSent(f"Lob can't be asked now: {failure}") from None

    def _translated(self, error: Exception, status: int | None, streak: RefusalStreak) -> SendError:
        if status is None and is_unreachable(error):
            return ChannelUnavailable(f"Lob can't be reached at {place(self._account.base_url)}")
        if status is None:
            return InDoubt(f"no answer from Lob that can be read: {type(error).__name__}")
        code, text = _told(error)
        return refusal(status, code, said(text, [self._account.key]), streak)


class Reply:
    """What is known of the reply to the call at hand."""

    status: int | None = None


@cache
def _transport() -> Any:
    """The session that serves the SDK in place of ``requests``: one for the process, as the SDK is."""
    import lob
    import requests
    from requests.adapters import HTTPAdapter

    class Transport(requests.Session):
        """Adds the base URL of the call, notes the status, follows no redirects."""

        def __init__(self) -> None:
            super().__init__()
            self._call = threading.local()
            for scheme in ("https://", "http://"):
                self.mount(scheme, HTTPAdapter(pool_maxsize=_POOL, max_retries=0))

        @contextmanager
        def to(self, base_url: str) -> Iterator[Reply]:
            """Within it, this thread's requests go to that server."""
            self._call.base_url, self._call.reply = base_url.rstrip("/"), Reply()
            yield self._call.reply

        def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> "requests.Response":
            """One request; ``url`` is what the SDK makes of its own, empty, base."""
            kwargs["allow_redirects"] = False
            response = super().request(method, self._call.base_url + url, *args, **kwargs)
            self._call.reply.status = response.status_code
            return response

    lob.api_base = ""
    transport = Transport()
    lob.api_requestor.requests = transport
    return transport


def _told(error: Exception) -> tuple[str, str]:
    """Lob's own code and words, where there are any."""
    try:
        told = json.loads(getattr(error, "http_body", b"") or b"")["error"]
        return str(told.get("code") or ""), str(told.get("message") or "")
    except (ValueError, TypeError, KeyError, AttributeError):
        return "", type(error).__name__
