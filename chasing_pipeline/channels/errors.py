"""What can go wrong while sending, by what must follow. A provider's own errors are translated to these here.

SendError
├── Refused             permanent for this contact: carried out, and a person mends the contact
├── ChannelUnavailable  the account or its settings are at fault: this channel stops, the others go on
├── NotSent             surely not sent, this time: planned again
└── InDoubt             may have been sent: never sent again before the resolver has looked
"""


class SendError(Exception):
    """Root of the errors of sending; the message is fit for a person and holds no secret and no message body."""


class Refused(SendError):
    """The provider will never take this for this contact."""


class ChannelUnavailable(SendError):
    """Nothing can be sent on this channel until somebody mends its settings or account."""


class NotSent(SendError):
    """The provider did surely not take it: no connection, or refused before it read the request."""


class InDoubt(SendError):
    """Nobody knows whether the provider took it."""
