"""The archive mailbox: it gets a copy of every e-mail as a second recipient, and so tells what really went out."""

from dataclasses import dataclass

from chasing_pipeline.channels.imap import open_mailbox
from chasing_pipeline.channels.mail_servers import MailServer
from chasing_pipeline.channels.timeouts import PATIENT, Timeouts


@dataclass(frozen=True)
class Archive:
    """``address`` is where the copies go; ``server`` and its folder where they can be read, if anywhere."""

    address: str
    server: MailServer | None = None
    timeouts: Timeouts = PATIENT

    @property
    def can_be_searched(self) -> bool:
        """Whether there is an IMAP server to ask."""
        return self.server is not None

    def holds(self, message_id: str) -> bool:
        """Whether the copy has arrived. Raises ChannelUnavailable or NotSent when it can't be looked at now."""
        assert self.server is not None
        with open_mailbox(self.server, self.server.folder or "INBOX", self.timeouts) as mailbox:
            return bool(mailbox.with_message_id(message_id))
