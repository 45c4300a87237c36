"""The link under which a customer sees and pays what it owes, signed so that a portal can trust it.

Belongs here: making the tokens and verifying them. Does not belong here: whose portal it is (``context``).

A token says until when it holds and which action it was made for, and is signed for one customer. It is short, for
a text message pays by the character: ``DDDNNNNNNSSSSSSSSSSSS``, URL-safe base64 throughout: the last day as a number
of days since 1900, six characters of the action's hash, 72 bits of an HMAC. No clock is read: the same action has the
same link for ever.

A portal calls ``verify``::

    from chasing_pipeline.messages.links import BadLink, verify
    link = verify(token, customer_number, secret, date.today())
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import date, timedelta

from itsdangerous import BadSignature, Signer, URLSafeSerializer
from itsdangerous.signer import HMACAlgorithm

SANDBOX_SECRET = "sandbox: anybody can make this signature"  # noqa: S105 - it is public on purpose
"""What signs in sandbox mode where CHASING_LINK_SECRET is not set, so that a link looks as it will."""

_FIRST_DAY = date(1900, 1, 1)
_DAY, _NONCE, _SIGNATURE = 3, 6, 12
_MOST_DAYS = 64**_DAY - 1


class BadLink(Exception):
    """The token is no token of ours, belongs to another customer, or holds no longer."""


@dataclass(frozen=True)
class VerifiedLink:
    """What a good token says: whom it was made for, and the last day on which it holds."""

    customer_number: str
    last_day: date


class _ShortHmac(HMACAlgorithm):
    """HMAC-SHA256, cut to 72 bits: a guess has one chance in 5 thousand million million million."""

    default_digest_method = staticmethod(hashlib.sha256)

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.new(key, value, hashlib.sha256).digest()[: _SIGNATURE * 3 // 4]


def pay_token(secret: str | None, action_id: str, customer_number: str, last_day: date) -> str:
    """The token of one action's link; without a ``secret`` it is unsigned: unique, but nothing to be trusted."""
    nonce = base64.urlsafe_b64encode(hashlib.sha256(f"pay {action_id}".encode()).digest()).decode()
    if secret is None:
        return nonce[: _NONCE + _SIGNATURE]
    days = min(max((last_day - _FIRST_DAY).days, 0), _MOST_DAYS)
    payload = base64.urlsafe_b64encode(days.to_bytes(3, "big")).decode()[-_DAY:] + nonce[:_NONCE]
    return payload + _signature(secret, payload, customer_number)


def verify(token: str, customer_number: str, secret: str, today: date) -> VerifiedLink:
    """What ``token`` says, for a portal that is asked for ``customer_number``'s page. Raises BadLink."""
    payload, signature = token[: _DAY + _NONCE], token[_DAY + _NONCE :]
    if not hmac.compare_digest(_signature(secret, payload, customer_number).encode(), signature.encode()):
        raise BadLink("the link is not genuine, or not this customer's")
    last_day = _FIRST_DAY + timedelta(days=int.from_bytes(base64.urlsafe_b64decode("A" + payload[:_DAY]), "big"))
    if today > last_day:
        raise BadLink(f"the link held until {last_day}")
    return VerifiedLink(customer_number, last_day)


def unsubscribe_token(secret: str, customer_number: str, action_id: str) -> str:
    """A token for the link that ends e-mail to whoever got this action; it holds for ever, as unsubscribing must."""
    return str(_unsubscriber(secret).dumps([customer_number, action_id]))


def verify_unsubscribe(token: str, secret: str) -> tuple[str, str]:
    """(customer number, action id) of an unsubscribe link. Raises BadLink."""
    try:
        customer_number, action_id = _unsubscriber(secret).loads(token)
    except BadSignature as error:
        raise BadLink("the link is not genuine") from error
    return customer_number, action_id


def _signature(secret: str, payload: str, customer_number: str) -> str:
    signer = Signer(secret, salt="chasing.pay", key_derivation="hmac", algorithm=_ShortHmac())
    return signer.get_signature(f"{payload}\n{customer_number}").decode()


def _unsubscriber(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        secret, salt="chasing.unsubscribe", signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )
