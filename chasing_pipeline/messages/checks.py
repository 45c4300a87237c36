"""Finding what is wrong with a template before anything is sent.

Belongs here: reading a template's names, and rendering it on trial. Does not belong here: the words for
an error (``faults``), checking that cadences name templates that exist (the command does that with ``check``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from jinja2 import meta, nodes

from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.problems import ConfigurationError, Problem
from chasing_pipeline.messages.context import NAMES, message_context
from chasing_pipeline.messages.faults import problem_of, suggestion
from chasing_pipeline.messages.mail_html import mail_faults
from chasing_pipeline.messages.parts import PARTS, SPEECH_LIMIT, TASK_PART, TEXT_LIMIT
from chasing_pipeline.messages.samples import sample_messages

if TYPE_CHECKING:
    from chasing_pipeline.messages.library import TemplateLibrary

_LIMITS = {"sms.txt": TEXT_LIMIT, "call.txt": SPEECH_LIMIT}
_REFERENCES = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)


@dataclass(frozen=True)
class Reading:
    """What one file names: files that it takes in, names that it sets, and, with their lines, those it expects to be
    there. ``fault``: what keeps it from being compiled."""

    takes_in: tuple[str, ...]
    own: frozenset[str]
    used: Mapping[str, tuple[int, ...]]
    fault: jinja2.TemplateSyntaxError | None


def template_problems(
    library: "TemplateLibrary", template: str, channel: Channel, languages: Iterable[str]
) -> list[Problem]:
    """All that is wrong with ``template`` for ``channel`` in ``languages``; see ``TemplateLibrary.check``."""
    place = f"{library.root.name}/{template}"
    if not library.has_template(template):
        folders = [path.name for root in library.roots if root.is_dir() for path in root.iterdir() if path.is_dir()]
        there = suggestion(template, [name for name in folders if not name.startswith(("_", "."))])
        return [Problem(place, None, None, f"there is no such folder; {there}")]
    problems: set[Problem] = set()
    files: dict[str, tuple[str, str]] = {}
    for language in dict.fromkeys(languages):
        for parts in (*PARTS[channel], (TASK_PART,)):
            found = library.find(template, parts, language)
            if found is not None:
                files.update({name: (part, found.language) for part, name in found.files.items()})
            elif parts != (TASK_PART,):
                needed = f"a step of channel {channel.value} needs {' or '.join(parts)}, in {language} or by default"
                problems.add(Problem(f"{place}/{parts[0]}", None, None, f"is missing: {needed}"))
    for name, (part, language) in files.items():
        problems.update(_file_problems(library, name, part, language))
    return sorted(problems, key=lambda problem: (problem.file, problem.line or 0, problem.message))


def _file_problems(library: "TemplateLibrary", name: str, part: str, language: str) -> list[Problem]:
    readings: dict[str, Reading] = {}
    try:
        _follow(library, name, readings)
        static = list(_unknown_names(library, readings))
    except Exception as error:
        return [problem_of(error, name, library.roots)]
    # An unknown name would be found again by the trial, with less to say about it.
    return static or _trial_problems(library, name, part, language)


def read(environment: jinja2.Environment, roots: Sequence[Path], name: str) -> Reading:
    """Parse the file ``name`` below one of ``roots``. Raises Jinja2's errors."""
    source, filename, _ = jinja2.FileSystemLoader(roots).get_source(environment, name)
    tree = environment.parse(source, name, filename)
    references = [getattr(node, "template", None) for node in tree.find_all(_REFERENCES)]
    lines: dict[str, set[int]] = {}
    own = set()
    for node in tree.find_all(nodes.Name):
        if node.ctx == "load":
            lines.setdefault(node.name, set()).add(node.lineno)
        else:
            own.add(node.name)
    fault = None
    used: set[str] = set()
    try:
        used = meta.find_undeclared_variables(tree)
    except jinja2.TemplateSyntaxError as error:  # an unknown filter or test
        error.name = name
        fault = error
    return Reading(
        takes_in=tuple(node.value for node in references if isinstance(node, nodes.Const)),
        own=frozenset(own),
        used={unknown: tuple(sorted(lines.get(unknown, ()))) for unknown in used},
        fault=fault,
    )


def _follow(library: "TemplateLibrary", name: str, readings: dict[str, Reading]) -> None:
    """Put into ``readings`` the file ``name`` and what it extends, includes and imports. Raises Jinja2's errors."""
    readings[name] = library.reading(name)
    for other in readings[name].takes_in:
        # A missing file is left to the trial, which knows the line and whether it is needed at all.
        if other not in readings and any((root / other).is_file() for root in library.roots):
            _follow(library, other, readings)


def _unknown_names(library: "TemplateLibrary", readings: Mapping[str, Reading]) -> Iterator[Problem]:
    # What a layout sets, its pages see, and the other way round.
    own = {name for reading in readings.values() for name in reading.own}
    for name, reading in readings.items():
        if reading.fault is not None:
            yield problem_of(reading.fault, name, library.roots)
            continue
        for unknown in reading.used.keys() - own - set(NAMES):
            for line in reading.used[unknown]:
                message = f"unknown name {unknown!r}; {suggestion(unknown, NAMES)}"
                yield Problem(f"{library.root.name}/{name}", line, None, message)


def _trial_problems(library: "TemplateLibrary", name: str, part: str, language: str) -> list[Problem]:
    problems = []
    for facts, settings in sample_messages(language):
        try:
            context = message_context(facts, settings, language, spoken=part == "call.txt")
            text = library.render_file(name, context).strip()
        except ConfigurationError as error:
            problems += error.problems
            continue
        if part == "body.html":
            problems += [Problem(f"{library.root.name}/{name}", None, None, fault) for fault in mail_faults(text)]
        limit = _LIMITS.get(part)
        if not text:
            problems.append(Problem(f"{library.root.name}/{name}", None, None, "says nothing"))
        elif limit is not None and len(text) > limit:
            message = f"is {len(text):,} characters long with sample data; there is room for {limit:,}"
            problems.append(Problem(f"{library.root.name}/{name}", None, None, message))
    return problems
