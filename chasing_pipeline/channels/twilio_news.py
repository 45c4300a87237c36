"""What is new about a text or a call, beside what was known before."""

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from chasing_pipeline.channels.protocol import DeliveryStatus, SentMessage

_GONE = "gone"


def news(message: SentMessage, status: DeliveryStatus | None) -> DeliveryStatus | None:
    """``status`` where it says anything new. What was known already is not told twice, but for a price that came late.

    None for ``status``: Twilio has deleted the record, so there is nothing more to come.
    """
    if status is None:
        return DeliveryStatus(
            message.dispatch_id, _GONE, None, is_final=True, detail="Twilio has no record of it any more"
        )
    if status.status != message.last_status:
        return status
    if not status.is_final:
        return None
    kind, detail = ("note", "its price") if status.cost is not None else (None, status.detail)
    return replace(status, kind=kind, detail=detail, is_permanent=False, has_opted_out=False)


def charged(record: Any) -> tuple[Decimal | None, str | None]:
    """What a text or a call cost, and the currency; (None, None) until Twilio knows. It states costs as negative."""
    try:
        cost = abs(Decimal(str(record.price))) if record.price not in (None, "") else None
    except InvalidOperation:
        cost = None
    unit = record.price_unit
    return (cost, str(unit).upper()) if cost is not None and unit else (None, None)
