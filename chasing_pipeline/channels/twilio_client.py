"""The account at Twilio, for texts and calls: requests without retries, and their failures as ours.

The SDK is imported when the first client is made: it takes long. Its logger is switched off: it writes down
addresses, and thereby phone numbers. Does not belong here: what is sent (``twilio_sms``, ``twilio_call``).
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import SecretStr

from chasing_pipeline.channels.errors import ChannelUnavailable, InDoubt, NotSent, SendError
from chasing_pipeline.channels.http_requests import is_unreachable, place, silence_urls
from chasing_pipeline.channels.looking import each_of
from chasing_pipeline.channels.streaks import RefusalStreak
from chasing_pipeline.channels.timeouts import PATIENT, Timeouts
from chasing_pipeline.channels.twilio_errors import refusal
from chasing_pipeline.channels.wording import said

if TYPE_CHECKING:
    from twilio.rest import Client

BASE_URL = "https://api.twilio.com"
_T = TypeVar("_T")
_S = TypeVar("_S")


@dataclass(frozen=True)
class TwilioAccount:
    """Who we are at Twilio, and where it is."""

    sid: str
    token: SecretStr
    base_url: str = BASE_URL


class TwilioClient:
    """One connection pool, shared by texts and calls and all their threads."""

    def __init__(self, account: TwilioAccount, workers: int = 10, timeouts: Timeouts = PATIENT) -> None:
        self._account = account
        self._workers = workers
        self._sdk = _sdk(account, workers, timeouts)

    def create(self, streak: RefusalStreak, request: Callable[["Client"], Any]) -> str:
        """Make one request that creates something; return its SID. Every failure says whether it may exist."""
        try:
            sid = request(self._sdk).sid
        except Exception as error:
            raise self._translated(error, streak) from None
        if not isinstance(sid, str) or not sid:
            raise InDoubt("Twilio's answer has no SID")
        streak.success()
        return sid

    def look(self, request: Callable[["Client"], _T]) -> _T:
        """Read something. Raises ChannelUnavailable, or NotSent where it can't be read now."""
        try:
            return request(self._sdk)
        except Exception as error:
            failure = self._translated(error, RefusalStreak())
            if isinstance(failure, ChannelUnavailable):
                raise failure from None
            raise NotSent(f"Twilio can't be asked now: {failure}") from None

    def look_at_each(
        self, request: Callable[["Client", _S], _T], items: Iterable[_S]
    ) -> Iterator[tuple[_S, _T | None]]:
        """Read one thing per item, several at a time; None where Twilio has none. Raises as ``look`` does."""

        def one(sdk: "Client", item: _S) -> _T | None:
            try:
                return request(sdk, item)
            except Exception as error:
                if _status(error) == 404:
                    return None
                raise

        return each_of(lambda item: self.look(lambda sdk: one(sdk, item)), items, self._workers)

    def _translated(self, error: Exception, streak: RefusalStreak) -> SendError:
        if is_unreachable(error):
            return ChannelUnavailable(f"Twilio can't be reached at {place(self._account.base_url)}")
        status = _status(error)
        if status is None:
            return InDoubt(f"no answer from Twilio that can be read: {type(error).__name__}")
        return refusal(status, _code(error, status), said(_text(error), [self._account.token]), streak)


def _sdk(account: TwilioAccount, workers: int, timeouts: Timeouts) -> "Client":
    from requests.adapters import HTTPAdapter
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    silent = logging.getLogger("chasing_pipeline.channels.twilio_sdk")
    silent.disabled = True
    silence_urls()
    http = TwilioHttpClient(logger=silent)
    # the constructor takes one figure; what it hands on to requests may be a pair
    http.timeout = (timeouts.connect, timeouts.read)
    for scheme in ("https://", "http://"):
        http.session.mount(scheme, HTTPAdapter(pool_maxsize=max(workers, 10), max_retries=0))
    sdk = Client(account.sid, account.token.get_secret_value(), http_client=http)
    sdk.api.base_url = account.base_url.rstrip("/")
    return sdk


def _status(error: Exception) -> int | None:
    """The HTTP status of a refusal by the SDK: TwilioRestException, TwilioServiceException, or a page not fetched."""
    status = getattr(error, "status", None)
    if status is None and len(error.args) > 1:
        status = getattr(error.args[1], "status_code", None)
    return status if isinstance(status, int) else None


def _code(error: Exception, status: int) -> int:
    code = getattr(error, "code", None)
    if code is None and len(error.args) > 1:
        try:
            code = json.loads(error.args[1].text).get("code")
        except (ValueError, AttributeError):
            code = None
    return code if isinstance(code, int) else status


def _text(error: Exception) -> str:
    return str(getattr(error, "msg", None) or getattr(error, "detail", None) or getattr(error, "title", None) or "")
