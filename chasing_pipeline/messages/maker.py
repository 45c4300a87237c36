"""The one door through which dispatching makes messages: check the templates of a day first, then compose.

Does not belong here: how a message is made (``compose``), what is wrong with a template (``checks``).
"""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from chasing_pipeline.domain.action import Action, MessageFacts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import Message
from chasing_pipeline.domain.problems import Problem
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.compose import compose
from chasing_pipeline.messages.library import TemplateLibrary
from chasing_pipeline.messages.links import SANDBOX_SECRET
from chasing_pipeline.messages.mime import message_id, sender_address


class MessageMaker:
    """Makes the messages of one chasing home."""

    def __init__(self, templates: Path, settings: Settings) -> None:
        self._settings = settings
        self._library = TemplateLibrary.of_home(templates, settings.company.language)
        self._secret = link_secret(settings)

    def make(self, facts: MessageFacts, earlier_action_ids: Sequence[str] = ()) -> Message:
        """The finished message of an action, an e-mail as a follow-up of the earlier ones of its cycle, oldest first.

        Raises UnsendableMessage, ConfigurationError.
        """
        sender = sender_address(self._settings)
        earlier = [message_id(action_id, sender) for action_id in earlier_action_ids]
        return compose(facts, self._settings, self._library, earlier_message_ids=earlier, secret=self._secret)

    def faults(self, actions: Iterable[Action]) -> dict[tuple[str, Channel], list[Problem]]:
        """What is wrong with the templates that these actions use, by template and channel."""
        languages: dict[tuple[str, Channel], set[str]] = {}
        for action in actions:
            if action.template is not None:
                languages.setdefault((action.template, action.channel), set()).add(action.language)
        found = {key: self._library.check(*key, sorted(wanted)) for key, wanted in languages.items()}
        return {key: problems for key, problems in found.items() if problems}


def link_secret(settings: Settings) -> str | None:
    """What signs links: CHASING_LINK_SECRET; without it the sandbox's public key, and live nothing does."""
    secret = os.environ.get("CHASING_LINK_SECRET")
    return secret or (SANDBOX_SECRET if settings.mode == "sandbox" else None)
