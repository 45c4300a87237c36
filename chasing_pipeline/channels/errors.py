"""What can go wrong while sending, by what must follow. A provider's own errors are translated to these here.

SendError
├── Refused             permanent for this contact: carried out, and a person mends the contact
│   └── OptedOut        the recipient wants no more of these: recorded, and kept from now on
├── ChannelUnavailable  the account or its settings are at fault: this channel stops, the others go on
│   └── RegionUnavailable   for the recipient's country alone: the channel goes on with the others
├── NotSent             surely not sent, this time: planned again
│   └── Throttled       sent too fast: tried again in a moment
├── InDoubt             may have been sent: never sent again before the resolver has looked
└── NotCommitted        it must not go out now: raised by ``commit``, before anything has left
"""


class SendError(Exception):
    """Root of the errors of sending; the message is fit for a person and holds no secret and no message body."""


class Refused(SendError):
    """The provider will never take this for this contact."""


class OptedOut(Refused):
    """The recipient has told the provider that they want no more of these."""


class ChannelUnavailable(SendError):
    """Nothing can be sent on this channel until somebody mends its settings or account."""


class RegionUnavailable(ChannelUnavailable):
    """Nothing can be sent on this channel to the recipient's country until somebody mends settings or account."""


class NotSent(SendError):
    """The provider did surely not take it: no connection, or refused before it read the request."""


class Throttled(NotSent):
    """The provider takes no more at this moment, for it got too many requests."""


class InDoubt(SendError):
    """Nobody knows whether the provider took it."""


class NotCommitted(SendError):
    """The sending was given up before the point of no return; ``outcome`` says why in one word."""

    def __init__(self, outcome: str, message: str = "") -> None:
        super().__init__(message or outcome)
        self.outcome = outcome
