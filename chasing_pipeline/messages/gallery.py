"""Every message of a day on one page, to look through before they go out.

Belongs here: the page, and where it lies. Does not belong here: showing one message (``showing``), planning.
"""

from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

from markupsafe import Markup

from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.message import Message, UnsendableMessage
from chasing_pipeline.domain.problems import ConfigurationError
from chasing_pipeline.messages.showing import fragment, page

_ENTRY = Markup(
    '<article id="{id}"><h2>{customer} · {channel} · {step}</h2><p>{balance} {currency}, {status}: {reason}</p>'
    "{body}</article>\n"
)


def gallery_path(warehouse: Path, day: date) -> Path:
    """Where the page of ``day`` lies; what wants to link to it asks here."""
    return warehouse / "preview" / day.isoformat() / "index.html"


def write_gallery(
    warehouse: Path, day: date, actions: Iterable[Action], make: Callable[[Action], Message | None]
) -> tuple[Path, int]:
    """Write the page of the day's messages; return its path and how many stand on it.

    ``make`` makes an action's message; None: it is not due any more. The page loads nothing from elsewhere.
    """
    path = gallery_path(warehouse, day)
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = [_entry(action, make) for action in actions]
    head = Markup("<h1>Messages of {}</h1><p>{}</p>").format(day, _count(len(entries)))
    path.write_text(page(f"Messages of {day}", head + Markup("").join(entries)), encoding="utf-8")
    return path, len(entries)


def write_invitation(warehouse: Path, day: date, how: str) -> Path:
    """Write in the page's place ``how`` to fill it, so that a link to it always leads somewhere; return its path.

    What was shown of an earlier plan of the day is gone with it.
    """
    path = gallery_path(warehouse, day)
    path.parent.mkdir(parents=True, exist_ok=True)
    words = "The day has been planned, and its messages are made when somebody wants to see them."
    body = Markup("<h1>Messages of {}</h1><p>{}</p><pre>{}</pre>").format(day, words, how)
    path.write_text(page(f"Messages of {day}", body), encoding="utf-8")
    return path


def _count(number: int) -> str:
    return "1 action" if number == 1 else f"{number:,} actions"


def _entry(action: Action, make: Callable[[Action], Message | None]) -> Markup:
    try:
        message = make(action)
        body = fragment(message) if message is not None else Markup("<p>Not due any more.</p>")
    except (UnsendableMessage, ConfigurationError) as error:
        body = Markup("<p><b>Nothing can be sent:</b> {}</p>").format(error)
    return _ENTRY.format(
        id=action.action_id,
        customer=f"{action.customer_name} ({action.customer_number})",
        channel=action.channel.value,
        step=action.step,
        balance=action.balance,
        currency=action.currency,
        status=action.status,
        reason=action.reason,
        body=body,
    )
