"""The templates of a chasing home: finding them by name, part and language, and rendering them.

Belongs here: the lookup and the one door to the sandbox. Does not belong here: what a template may
name (``context``), finding faults beforehand (``checks``) and making messages (``compose``).

A template is a folder: ``NAME/PART`` in the home's default language, ``NAME/LANG/PART`` in others.
Folders that begin with an underscore (``_shared``) hold what templates extend and include.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2

from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.problems import ConfigurationError, Problem
from chasing_pipeline.messages.checks import template_problems
from chasing_pipeline.messages.environment import TemplateEnvironment, render_capped
from chasing_pipeline.messages.faults import problem_of

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Found:
    """Parts of one template in one language: by part, the file's name below the root."""

    language: str
    files: Mapping[str, str]


class TemplateLibrary:
    """The templates below ``root``, usually ``templates/`` in the chasing home; compiled once."""

    def __init__(self, root: Path, default_language: str) -> None:
        self.root = root
        self.default_language = default_language
        self.environment = TemplateEnvironment(jinja2.FileSystemLoader(root))

    def find(self, template: str, parts: Iterable[str], language: str) -> Found | None:
        """Those of ``parts`` there are in the nearest language that has any of them.

        The order: the exact tag, its base language, the files in the template's own folder (which are
        in the default language), a folder of the default language. None where no file exists.
        """
        if not _NAME.fullmatch(template):
            return None
        for used, folder in self._folders(template, language):
            files = {part: f"{folder}/{part}" for part in parts if (self.root / folder / part).is_file()}
            if files:
                return Found(used, files)
        return None

    def language_used(self, template: str, part: str, language: str) -> str:
        """The language in which ``part`` is there for a reader of ``language``. Raises ConfigurationError if none."""
        return self._found(template, part, language).language

    def render(self, template: str, part: str, language: str, context: Mapping[str, object]) -> str:
        """What ``part`` says with ``context`` (``context.message_context``), in the nearest language there is.

        Raises ConfigurationError, naming file and line, when the part is missing or at fault.
        """
        name = self._found(template, part, language).files[part]
        return self.render_file(name, context)

    def render_file(self, name: str, context: Mapping[str, object]) -> str:
        """Like ``render``, for a file named as ``find`` names it."""
        try:
            return render_capped(self.environment.get_template(name), dict(context))
        # A template runs code that others wrote: whatever it raises is a fault of the template's.
        except Exception as error:
            raise ConfigurationError([problem_of(error, name, self.root)]) from error

    def check(self, template: str, channel: Channel, languages: Iterable[str]) -> list[Problem]:
        """All that is wrong with ``template`` for a step of ``channel`` whose readers speak ``languages``.

        Missing folder and parts, syntax, unknown names and filters, attributes that don't exist, texts
        too long for the channel; each with its file (``templates/…``) and, where there is one, line.
        """
        return template_problems(self, template, channel, (self.default_language, *languages))

    def has_template(self, template: str) -> bool:
        """Whether there is a folder of that name."""
        return bool(_NAME.fullmatch(template)) and (self.root / template).is_dir()

    def _found(self, template: str, part: str, language: str) -> Found:
        found = self.find(template, [part], language)
        if found is None:
            place = f"{self.root.name}/{template}/{part}"
            raise ConfigurationError([Problem(place, None, None, "there is no such file; write it, or mend the step")])
        return found

    def _folders(self, template: str, language: str) -> Iterator[tuple[str, str]]:
        folder = self.root / template
        spelt = {path.name.replace("_", "-").lower(): path.name for path in folder.iterdir()} if folder.is_dir() else {}
        wanted = language.replace("_", "-")
        for tag in dict.fromkeys((wanted, wanted.split("-")[0])):
            if tag.lower() in spelt:
                yield tag, f"{template}/{spelt[tag.lower()]}"
        yield self.default_language, template
        if self.default_language.lower() in spelt:
            yield self.default_language, f"{template}/{spelt[self.default_language.lower()]}"


def reading_language(wanted: str, used: str) -> str:
    """The language amounts and dates are written in: the reader's own tag where the words are in that language.

    So a reader of ``fr-CA`` gets Canadian dates in words from ``fr/``, and a reader of ``it`` doesn't get
    Italian dates in English words.
    """
    return wanted if wanted.split("-")[0].lower() == used.split("-")[0].lower() else used
