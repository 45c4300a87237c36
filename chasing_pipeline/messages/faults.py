"""What a template's error means to the person who wrote the template.

Belongs here: file, line and words for an error that Jinja2 raised. Does not belong here: looking
for faults (``checks``).
"""

import difflib
import re
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path

import jinja2

from chasing_pipeline.domain.problems import Problem
from chasing_pipeline.messages.filters import ALLOWED_FILTERS

_NO_FILTER = re.compile(r"No filter named '(.+?)'")


def problem_of(error: Exception, name: str, roots: Sequence[Path]) -> Problem:
    """The problem behind ``error``, raised while reading or rendering the file ``name`` below one of ``roots``."""
    file, line = _place(error, name, roots)
    return Problem(f"{roots[0].name}/{file}", line, None, _message(error))


def suggestion(word: str, known: Iterable[str]) -> str:
    """Words that help somebody who wrote ``word``: the likeliest of ``known``, then all of them."""
    known = sorted(known)
    near = difflib.get_close_matches(word, known, 1)
    return f"{f'did you mean {near[0]}? ' if near else ''}there are {', '.join(known)}"


def _place(error: Exception, name: str, roots: Sequence[Path]) -> tuple[str, int | None]:
    if isinstance(error, jinja2.TemplateSyntaxError):
        return error.name or name, error.lineno
    # Jinja2 rewrites the traceback so that its frames are lines of templates; the last one is where it happened.
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        for root in roots:
            if path.is_relative_to(root):
                return path.relative_to(root).as_posix(), frame.lineno
    return name, None


def _message(error: Exception) -> str:
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no file {error.name} among the templates"
    if isinstance(error, UnicodeDecodeError):
        return "isn't UTF-8; save the file as UTF-8"
    if isinstance(error, RecursionError):
        return "takes itself in without end"
    if isinstance(error, jinja2.TemplateError):
        message = error.message or str(error)
        no_filter = _NO_FILTER.search(message)
        if no_filter:
            hint = suggestion(no_filter[1], set(ALLOWED_FILTERS) - {"only_own_markup"})
            return f"there is no filter {no_filter[1]!r}; {hint}"
        return message.rstrip(".")
    return f"{type(error).__name__}: {error}"
