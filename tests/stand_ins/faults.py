"""What goes wrong on purpose: which fault befalls which request, how long replies take, how late lists learn of it.

Does not belong here: how a fault looks in a protocol (``web``, ``smtp``, ``imap``).
"""

import random
import threading
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from typing import Any


class Fault(StrEnum):
    """A way to fail. *before*: nothing is accepted; *after*: it is accepted, and the reply is what fails."""

    # any protocol
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    SILENCE_AFTER = "silence_after"  # the connection stays open, no reply ever comes
    # HTTP
    ERROR_BEFORE = "500_before"
    ERROR_AFTER = "500_after"
    THROTTLED = "429"  # with Retry-After
    THROTTLED_BARE = "429_bare"  # without
    HTML_502_BEFORE = "html_502_before"
    HTML_502_AFTER = "html_502_after"
    HTML_503_BEFORE = "html_503_before"
    GARBAGE_AFTER = "garbage_after"  # not JSON
    LACKING_AFTER = "lacking_after"  # JSON without the identity
    # SMTP: 421 and the end of the connection, by the command that it answers
    SMTP_421_GREETING = "421_greeting"
    SMTP_421_EHLO = "421_ehlo"
    SMTP_421_AUTH = "421_auth"
    SMTP_421_MAIL = "421_mail"
    SMTP_421_RCPT = "421_rcpt"
    SMTP_421_DATA = "421_data"
    SMTP_421_DOT = "421_dot"
    # IMAP
    IMAP_UNAVAILABLE = "imap_unavailable"


WEB_FAULTS = frozenset(
    {
        Fault.DROP_BEFORE,
        Fault.DROP_AFTER,
        Fault.SILENCE_AFTER,
        Fault.ERROR_BEFORE,
        Fault.ERROR_AFTER,
        Fault.THROTTLED,
        Fault.THROTTLED_BARE,
        Fault.HTML_502_BEFORE,
        Fault.HTML_502_AFTER,
        Fault.HTML_503_BEFORE,
        Fault.GARBAGE_AFTER,
        Fault.LACKING_AFTER,
    }
)
CONNECT_FAULTS = frozenset({Fault.SMTP_421_GREETING, Fault.SMTP_421_EHLO, Fault.SMTP_421_AUTH})
MAIL_FAULTS = frozenset(
    {
        Fault.DROP_BEFORE,
        Fault.DROP_AFTER,
        Fault.SILENCE_AFTER,
        Fault.SMTP_421_MAIL,
        Fault.SMTP_421_RCPT,
        Fault.SMTP_421_DATA,
        Fault.SMTP_421_DOT,
    }
)
IMAP_FAULTS = frozenset({Fault.DROP_BEFORE, Fault.IMAP_UNAVAILABLE})


class Faults:
    """A script (one entry a request, None for none) and, when it is used up, probabilities drawn from a seed.

    ``operations``: which requests can fail (``create`` and SMTP's ``connect``; also ``list``, ``fetch``, ``update``,
    ``delete``, ``verify``, ``imap``). ``latency`` and ``jitter``: seconds to a reply, the latter drawn from 0 to it.
    ``lag``: seconds until what was created shows up in lists and mailboxes.
    """

    def __init__(
        self,
        probabilities: Mapping[str, float] | None = None,
        *,
        script: Iterable[str | None] = (),
        operations: Collection[str] = ("create", "connect"),
        latency: float = 0.0,
        jitter: float = 0.0,
        lag: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.probabilities = {Fault(name): chance for name, chance in (probabilities or {}).items()}
        self.script = deque(None if name is None else Fault(name) for name in script)
        self.operations = frozenset(operations)
        self.latency, self.jitter, self.lag, self.seed = latency, jitter, lag, seed
        self.happened: Counter[str] = Counter()
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    @classmethod
    def parse(cls, text: str) -> "Faults":
        """From ``drop_after=0.1,429=0.05,latency=0.2,lag=5,seed=7``. Raises ValueError."""
        pairs = (entry.partition("=") for entry in text.split(",") if entry)
        given = {name.strip(): float(value) for name, _, value in pairs}
        settings: dict[str, Any] = {name: given.pop(name) for name in ("latency", "jitter", "lag") if name in given}
        return cls(seed=int(given.pop("seed", 0)), probabilities=given, **settings)

    def draw(self, operation: str, possible: frozenset[Fault]) -> Fault | None:
        """What befalls this request. A script waits for a request that its next entry can befall."""
        if operation not in self.operations:
            return None
        with self._lock:
            fault = self._from_script(operation, possible) if self.script else self._by_chance(possible)
            if fault is not None:
                self.happened[fault] += 1
        return fault

    def _from_script(self, operation: str, possible: frozenset[Fault]) -> Fault | None:
        upcoming = self.script[0]
        if upcoming in possible or (upcoming is None and operation != "connect"):
            return self.script.popleft()
        return None

    def _by_chance(self, possible: frozenset[Fault]) -> Fault | None:
        drawn = self._random.random() if self.probabilities else 1.0
        for fault, chance in self.probabilities.items():
            if fault in possible:
                if drawn < chance:
                    return fault
                drawn -= chance
        return None

    def delay(self) -> float:
        """Seconds until the reply."""
        if not self.jitter:
            return self.latency
        with self._lock:
            return self.latency + self._random.uniform(0, self.jitter)

    def described(self) -> dict[str, Any]:
        """As ``Faults(**...)`` takes them, for the control endpoint."""
        return {
            "probabilities": dict(self.probabilities),
            "script": list(self.script),
            "operations": sorted(self.operations),
            "latency": self.latency,
            "jitter": self.jitter,
            "lag": self.lag,
            "seed": self.seed,
        }
