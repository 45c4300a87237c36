"""Which files make up a template, and how long a provider lets them be.

Does not belong here: finding them (``library``).
"""

from collections.abc import Mapping

from chasing_pipeline.domain.cadence import Channel

PARTS: Mapping[Channel, tuple[tuple[str, ...], ...]] = {
    Channel.EMAIL: (("subject.txt",), ("body.html", "body.txt")),
    Channel.SMS: (("sms.txt",),),
    Channel.AUTO_CALL: (("call.txt",),),
    Channel.LETTER: (("letter.txt", "letter.html"),),
    Channel.PHONE_CALL: (),
    Channel.ESCALATE: (),
}
"""What a template needs for each channel: of each group at least one part."""

TASK_PART = "task.txt"
"""What a to-do says beyond its facts; a template need not have it."""

TEXT_LIMIT = 1600
"""Characters of a text message, all its segments together."""

SPEECH_LIMIT = 4000
"""Characters of a call's speech markup."""
