"""The templates of a chasing home: finding them by name, part and language, and rendering them.

Belongs here: the lookup and the one door to the sandbox. Does not belong here: what a template may
name (``context``), finding faults beforehand (``checks``) and making messages (``compose``).

A template is a folder: ``NAME/PART`` in the home's default language, ``NAME/LANG/PART`` in others.
Folders that begin with an underscore (``_shared``) hold what templates extend and include.
A home that has no folder of a name gets the template that ships with the program, if there is one; likewise each
shared file.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2

from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.problems import ConfigurationError, Problem
from chasing_pipeline.files import shipped
from chasing_pipeline.messages.checks import Reading, read, template_problems
from chasing_pipeline.messages.environment import TemplateEnvironment, render_capped
from chasing_pipeline.messages.faults import problem_of
from chasing_pipeline.messages.parts import PARTS

DEFAULTS_LANGUAGE = "en"
"""The language of the shipped templates' own folders."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Found:
    """Parts of one template in one language: by part, the file's name below the root."""

    language: str
    files: Mapping[str, str]


class TemplateLibrary:
    """The templates below ``root``, usually ``templates/`` in the chasing home; each looked for, and compiled, once.

    ``defaults``: where templates are that the home has no folder for; their own folder is in English.
    """

    def __init__(self, root: Path, default_language: str, defaults: Path | None = None) -> None:
        self.root = root
        self.default_language = default_language
        self.roots = (root,) if defaults is None or defaults.resolve() == root.resolve() else (root, defaults)
        self.environment = TemplateEnvironment(jinja2.FileSystemLoader(self.roots))
        self._known: dict[tuple[str, tuple[str, ...], str], Found] = {}
        self._readings: dict[str, Reading] = {}

    @classmethod
    def of_home(cls, templates: Path, default_language: str) -> "TemplateLibrary":
        """The templates of a home, and those that ship with the program."""
        return cls(templates, default_language, shipped("data") / "templates")

    def find(self, template: str, parts: Sequence[str], language: str) -> Found | None:
        """Those of ``parts`` there are in the nearest language that has any of them.

        The order: the exact tag, its base language, a folder of the default language, the files in the template's
        own folder (which are in the default language). None where no file exists.
        """
        key = (template, tuple(parts), language)
        found = self._known.get(key) or self._look_for(*key)
        if found is not None:
            self._known[key] = found
        return found

    def _look_for(self, template: str, parts: Sequence[str], language: str) -> Found | None:
        root = self.root_of(template)
        if root is None:
            return None
        for used, folder in self._folders(root, template, language):
            files = {part: f"{folder}/{part}" for part in parts if (root / folder / part).is_file()}
            if files:
                return Found(used, files)
        return None

    def root_of(self, template: str) -> Path | None:
        """Where the folder of that name is: in the home, else among the defaults; None where there is none."""
        if not _NAME.fullmatch(template):
            return None
        return next((root for root in self.roots if (root / template).is_dir()), None)

    def fallbacks(self, template: str, channel: Channel, languages: Iterable[str]) -> dict[str, str]:
        """By language that lacks the template for ``channel``, the language its readers get instead."""
        instead = {}
        for language in languages:
            for parts in PARTS[channel]:
                found = self.find(template, parts, language)
                if found is not None and not _same(found.language, language):
                    instead[language] = found.language
        return instead

    def speaks(self, template: str, language: str) -> bool:
        """Whether any part of the template is in ``language``."""
        every = sorted({part for groups in PARTS.values() for parts in groups for part in parts})
        return any(
            (found := self.find(template, [part], language)) and _same(found.language, language) for part in every
        )

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
            raise ConfigurationError([problem_of(error, name, self.roots)]) from error

    def check(self, template: str, channel: Channel, languages: Iterable[str]) -> list[Problem]:
        """All that is wrong with ``template`` for a step of ``channel`` whose readers speak ``languages``.

        Missing folder and parts, syntax, unknown names and filters, attributes that don't exist, texts
        too long for the channel; each with its file (``templates/…``) and, where there is one, line.
        """
        return template_problems(self, template, channel, (self.default_language, *languages))

    def reading(self, name: str) -> Reading:
        """What a file, named as ``find`` names it, is made of. Raises Jinja2's errors."""
        if name not in self._readings:
            self._readings[name] = read(self.environment, self.roots, name)
        return self._readings[name]

    def has_template(self, template: str) -> bool:
        """Whether there is a folder of that name."""
        return self.root_of(template) is not None

    def _found(self, template: str, part: str, language: str) -> Found:
        found = self.find(template, [part], language)
        if found is None:
            place = f"{self.root.name}/{template}/{part}"
            raise ConfigurationError([Problem(place, None, None, "there is no such file; write it, or mend the step")])
        return found

    def _folders(self, root: Path, template: str, language: str) -> Iterator[tuple[str, str]]:
        folder = root / template
        spelt = {path.name.replace("_", "-").lower(): path.name for path in folder.iterdir() if path.is_dir()}
        wanted, default = language.replace("_", "-"), self.default_language
        for tag in dict.fromkeys((wanted, wanted.split("-")[0], default, default.split("-")[0])):
            if tag.lower() in spelt:
                yield tag, f"{template}/{spelt[tag.lower()]}"
            elif root == self.root and _same(tag, default):
                break  # the files of the folder itself are in this language
        yield default if root == self.root else DEFAULTS_LANGUAGE, template


def reading_language(wanted: str, used: str) -> str:
    """The language amounts and dates are written in: the reader's own tag where the words are in that language.

    So a reader of ``fr-CA`` gets Canadian dates in words from ``fr/``, and a reader of ``it`` doesn't get
    Italian dates in English words.
    """
    return wanted if _same(wanted, used) else used


def _same(one: str, other: str) -> bool:
    return re.split("[-_]", one.lower())[0] == re.split("[-_]", other.lower())[0]
