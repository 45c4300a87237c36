"""What an SMTP reply means for a message: whose fault a refusal is, by its enhanced code (RFC 3463) if it has one.

Does not belong here: the conversation (``smtp``).
"""

from chasing_pipeline.channels.errors import ChannelUnavailable, InDoubt, NotSent, Refused, SendError
from chasing_pipeline.channels.smtp_connection import Reply
from chasing_pipeline.channels.streaks import RefusalStreak

_ACCOUNT_CODES = frozenset({530, 532, 534, 535, 538, 502, 503, 504, 523})
_CONTACT_CODES = frozenset({510, 511, 512, 513, 550, 551, 552, 553, 556})


def refusal(command: str, reply: Reply, streak: RefusalStreak) -> SendError:
    """The error of a reply to MAIL, RCPT, DATA or the terminating dot (``.``) that is not a good one."""
    message = f"{_PLACES[command]}: {reply}"
    if command == "." and (reply.code < 400 or reply.code == 421):
        return InDoubt(f"the server neither took nor refused the message: {reply}")
    if reply.code < 500:
        return NotSent(message)
    if reply.code in _ACCOUNT_CODES:
        return ChannelUnavailable(message)
    if command == "MAIL":
        is_too_large = reply.code == 552 or reply.status in {"5.3.4", "5.2.3"}
        return Refused(message) if is_too_large else ChannelUnavailable(message)
    match _fault(command, reply):
        case "contact":
            return Refused(message)
        case "account":
            return ChannelUnavailable(message)
        case _:
            return streak.unclear(message)


_PLACES = {
    "MAIL": "the sender was refused",
    "RCPT": "the address was refused",
    "DATA": "the message was refused",
    ".": "the message was refused",
}


def _fault(command: str, reply: Reply) -> str:
    """``contact`` (this address or this message), ``account``, or ``unclear``."""
    status = reply.status
    if status in {"5.1.7", "5.1.8"}:  # the sender's address
        return "account"
    if status.startswith(("5.1.", "5.2.", "5.6.")) or status in {"5.3.4", "5.4.1", "5.4.4", "5.7.17"}:
        return "contact"
    if status and not status.endswith((".0", ".0.0")):
        return "unclear"  # 5.7.1: a policy against this recipient, this content, or us
    if command == "RCPT":
        return "contact" if reply.code in _CONTACT_CODES and "relay" not in reply.text.lower() else "unclear"
    return "contact" if reply.code == 552 else "unclear"
