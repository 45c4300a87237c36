"""Finding what is wrong with a template before anything is sent.

Belongs here: reading a template's names, and rendering it on trial. Does not belong here: the words for
an error (``faults``), checking that cadences name templates that exist (the command does that with ``check``).
"""

from collections.abc import Iterable, Iterator
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
    trees: dict[str, nodes.Template] = {}
    try:
        _read(library, name, trees)
        static = list(_unknown_names(library, trees))
    except Exception as error:
        return [problem_of(error, name, library.roots)]
    # An unknown name would be found again by the trial, with less to say about it.
    return static or _trial_problems(library, name, part, language)


def _read(library: "TemplateLibrary", name: str, trees: dict[str, nodes.Template]) -> None:
    """Parse ``name`` and, into ``trees`` too, what it extends, includes and imports. Raises Jinja2's errors."""
    environment = library.environment
    source, filename, _ = jinja2.FileSystemLoader(library.roots).get_source(environment, name)
    trees[name] = environment.parse(source, name, filename)
    for node in trees[name].find_all(_REFERENCES):
        other = getattr(node, "template", None)
        # A missing file is left to the trial, which knows the line and whether it is needed at all.
        if not isinstance(other, nodes.Const) or other.value in trees:
            continue
        if any((root / other.value).is_file() for root in library.roots):
            _read(library, other.value, trees)


def _unknown_names(library: "TemplateLibrary", trees: dict[str, nodes.Template]) -> Iterator[Problem]:
    # What a layout sets, its pages see, and the other way round.
    own = {node.name for tree in trees.values() for node in tree.find_all(nodes.Name) if node.ctx != "load"}
    for name, tree in trees.items():
        try:
            used = meta.find_undeclared_variables(tree)
        except jinja2.TemplateSyntaxError as error:  # an unknown filter or test
            error.name = name
            yield problem_of(error, name, library.roots)
            continue
        for unknown in used - own - set(NAMES):
            lines = {node.lineno for node in tree.find_all(nodes.Name) if node.name == unknown and node.ctx == "load"}
            for line in sorted(lines):
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
