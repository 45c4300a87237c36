"""The one door through which dispatching makes messages: check the templates of a day first, then compose.

Does not belong here: how a message is made (``compose``), what is wrong with a template (``checks``).
"""

from collections.abc import Iterable
from pathlib import Path

from chasing_pipeline.domain.action import Action, MessageFacts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import Message
from chasing_pipeline.domain.problems import Problem
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.compose import compose
from chasing_pipeline.messages.library import TemplateLibrary


class MessageMaker:
    """Makes the messages of one chasing home."""

    def __init__(self, templates: Path, settings: Settings) -> None:
        self._settings = settings
        self._library = TemplateLibrary(templates, settings.company.language)

    def make(self, facts: MessageFacts) -> Message:
        """The finished message of an action. Raises UnsendableMessage, ConfigurationError."""
        return compose(facts, self._settings, self._library)

    def faults(self, actions: Iterable[Action]) -> dict[tuple[str, Channel], list[Problem]]:
        """What is wrong with the templates that these actions use, by template and channel."""
        languages: dict[tuple[str, Channel], set[str]] = {}
        for action in actions:
            if action.template is not None:
                languages.setdefault((action.template, action.channel), set()).add(action.language)
        found = {key: self._library.check(*key, sorted(wanted)) for key, wanted in languages.items()}
        return {key: problems for key, problems in found.items() if problems}
