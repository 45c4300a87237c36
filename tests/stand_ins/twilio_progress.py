"""How texts and calls look at a moment: what Twilio would answer when asked then.

A record holds what was asked for and when; everything that happens to it follows from its age, the ``pace`` (seconds a
stage) and the fate of its recipient: an error code (``30003``) for a text, ``busy``, ``no-answer``, ``failed``,
``machine`` or ``fax`` for a call.
"""

from email.utils import format_datetime
from typing import Any

from .store import Record, instant

API = "/2010-04-01/Accounts"
TALK_STAGES = 3
"""How many times the pace a call that is answered lasts."""
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = set("^{}\\[~]|€\f")
_ANSWERED = {"machine": "machine_end_beep", "fax": "fax"}


def segments(body: str) -> int:
    """How many segments a body takes, which is what is paid for."""
    if set(body) <= _GSM | _GSM_TWICE:
        length, one, many = sum(2 if letter in _GSM_TWICE else 1 for letter in body), 160, 153
    else:
        length, one, many = len(body.encode("utf-16-le")) // 2, 70, 67
    return 1 if length <= one else -(-length // many)


def _rfc2822(seconds: float | None) -> str | None:
    return None if seconds is None else format_datetime(instant(seconds))


def text_at(record: Record, now: float, pace: float) -> dict[str, Any]:
    """A text as Messages/SID.json shows it."""
    asked, created = record["asked"], record["created"]
    stage = 3 if pace == 0 else min(int((now - created) / pace), 3)
    failed = record["fate"] if stage == 3 else None
    status = ("queued", "sending", "sent", "delivered" if failed is None else "undelivered")[stage]
    sent = created + 2 * pace if stage >= 2 else None
    if record["inbound"]:
        status, sent, failed = "received", created, None
    count = segments(asked.get("Body", ""))
    uri = f"{API}/{record['account']}/Messages/{record['sid']}"
    return {
        "account_sid": record["account"],
        "api_version": "2010-04-01",
        "body": asked.get("Body"),
        "date_created": _rfc2822(created),
        "date_sent": _rfc2822(sent),
        "date_updated": _rfc2822(created + stage * pace),
        "direction": "inbound" if record["inbound"] else "outbound-api",
        "error_code": None if failed is None else int(failed),
        "error_message": None if failed is None else "Undelivered",
        # with a Messaging Service the sender is chosen when it is sent
        "from": asked.get("From") or (None if sent is None else record["pool"]),
        "messaging_service_sid": asked.get("MessagingServiceSid"),
        "num_media": "0",
        "num_segments": str(count),
        "price": None if sent is None or record["inbound"] else f"-{count * 0.0079:.5f}",
        "price_unit": None if sent is None else "USD",
        "sid": record["sid"],
        "status": status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": asked["To"],
        "uri": f"{uri}.json",
    }


def sent_at(record: Record, now: float, pace: float) -> float | None:
    """When a text was sent, if it was."""
    sent = record["created"] if record["inbound"] else float(record["created"] + 2 * pace)
    return sent if sent <= now else None


def call_times(record: Record, pace: float) -> tuple[float, float, float]:
    """When a call rings, is answered (or given up) and is over, unless somebody ends it before."""
    rings = float(record["starts"])
    answered = rings + pace
    talks = TALK_STAGES * pace if record["fate"] in (None, *_ANSWERED) else 0.0
    return rings, answered, answered + talks


def call_status(record: Record, now: float, pace: float) -> tuple[str, float | None]:
    """The status of a call, and when it ended."""
    rings, answered, over = call_times(record, pace)
    ended = record["ended"]
    if ended is not None and ended <= now:
        return ("completed" if ended > answered else "canceled"), ended
    if now < rings:
        return "queued", None
    if now < answered:
        return "ringing", None
    if now < over:
        return "in-progress", None
    return ("completed" if record["fate"] in (None, *_ANSWERED) else record["fate"]), over


def started_at(record: Record, now: float) -> float | None:
    """When a call began to ring, if it did."""
    ended = record["ended"]
    return record["starts"] if record["starts"] <= now and (ended is None or ended > record["starts"]) else None


def call_at(record: Record, now: float, pace: float) -> dict[str, Any]:
    """A call as Calls/SID.json shows it."""
    asked = record["asked"]
    rings, answered, _ = call_times(record, pace)
    status, ended = call_status(record, now, pace)
    talked = ended is not None and status == "completed"
    answers = _ANSWERED.get(record["fate"], "human") if status in ("in-progress", "completed") else None
    seconds = 0 if ended is None else max(0, round(ended - answered)) if talked else 0
    uri = f"{API}/{record['account']}/Calls/{record['sid']}"
    return {
        "account_sid": record["account"],
        "answered_by": answers if "MachineDetection" in asked else None,
        "api_version": "2010-04-01",
        "caller_name": None,
        "date_created": _rfc2822(record["created"]),
        "date_updated": _rfc2822(min(now, ended or now)),
        "direction": "outbound-api",
        "duration": None if ended is None else str(seconds),
        "end_time": _rfc2822(ended),
        "forwarded_from": None,
        "from": asked["From"],
        "from_formatted": asked["From"],
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": None,
        "price": f"-{-(-max(seconds, 1) // 60) * 0.014:.5f}" if talked else None,
        "price_unit": "USD" if talked else None,
        "queue_time": str(round((rings - record["created"]) * 1000)),
        "sid": record["sid"],
        "start_time": _rfc2822(started_at(record, now)),
        "status": status,
        "subresource_uris": {name: f"{uri}/{name.title()}.json" for name in ("events", "notifications", "recordings")},
        "to": asked["To"],
        "to_formatted": asked["To"],
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }
