"""Reading YAML so that every later complaint can name its line.

Belongs here: parsing, line numbers, turning pydantic's errors into ``Problem`` records.
Does not belong here: what the files mean (``settings``, ``cadence``).
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from chasing_pipeline.domain.problems import ConfigurationError, Problem

FieldPath = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


class FaultAtError(ValueError):
    """What a validator of a whole model raises to name the place of the fault below it."""

    def __init__(self, path: FieldPath, message: str) -> None:
        super().__init__(message)
        self.path = path


_Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, eight times as fast on a cadence of the sample home, where PyYAML was built with it, as its wheels are."""


class _Loader(_Parser):  # type: ignore[misc,valid-type]
    """YAML 1.2's plain scalars: ``NO`` is Norway, ``07:00`` is a time of day, 0.10 is exactly 0.10."""


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false|True|False)$"), list("tfTF"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789"))
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+\.[0-9]+$"), list("-+0123456789"))


def _exact_number(loader: _Loader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(loader.construct_scalar(node))


_Loader.add_constructor("tag:yaml.org,2002:float", _exact_number)


@dataclass(frozen=True)
class YamlDocument:
    """The content of one YAML file and the 1-based line on which each field stands."""

    file: str
    content: Any
    lines: dict[FieldPath, int] = field(repr=False)

    def problem(self, path: FieldPath, message: str) -> Problem:
        """A problem at ``path``, on the line of the nearest enclosing field that the file has."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        return Problem(self.file, self.lines.get(known), _dotted(path) or None, message)


def read_yaml(path: Path, shown_as: str | None = None) -> YamlDocument:
    """Read one YAML file. Raises ConfigurationError where it is absent, no YAML, or repeats a key."""
    name = shown_as or path.name
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise ConfigurationError([Problem(name, None, None, "the file does not exist")]) from error
    except UnicodeDecodeError as error:
        raise ConfigurationError([Problem(name, None, None, "the file is not UTF-8 text; save it as UTF-8")]) from error
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        lines: dict[FieldPath, int] = {(): 1}
        problems = list(_collect_lines(node, (), lines, name)) if node else []
        if problems:
            raise ConfigurationError(problems)
        content = loader.construct_document(node) if node else {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else None
        raise ConfigurationError([Problem(name, line, None, f"this is not YAML: {error.problem}")]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        problem = Problem(name, line, None, f"this is not YAML: it can't hold the character {_character(error)!r}")
        raise ConfigurationError([problem]) from error
    finally:
        if loader is not None:
            loader.dispose()
    return YamlDocument(name, content, lines)


def validate(document: YamlDocument, model: type[Model]) -> Model:
    """The document as ``model``. Raises ConfigurationError with one problem per field at fault."""
    try:
        return model.model_validate(document.content)
    except ValidationError as error:
        raise ConfigurationError(
            document.problem(_path(document, dict(item)), _sentence(dict(item))) for item in error.errors()
        ) from error


def _collect_lines(
    node: yaml.Node, path: FieldPath, lines: dict[FieldPath, int], file: str, above: tuple[yaml.Node, ...] = ()
) -> list[Problem]:
    problems: list[Problem] = []
    if node in above:
        return [Problem(file, node.start_mark.line + 1, _dotted(path), "an alias can't stand inside its own anchor")]
    inside = (*above, node)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                message = "a name is expected here; text that begins with a brace needs quotes"
                problems.append(Problem(file, key.start_mark.line + 1, _dotted(path), message))
                continue
            child = (*path, key.value)
            if child in lines:
                problems.append(Problem(file, key.start_mark.line + 1, _dotted(child), "this field is given twice"))
            lines[child] = key.start_mark.line + 1
            problems += _collect_lines(value, child, lines, file, inside)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            lines[(*path, index)] = item.start_mark.line + 1
            problems += _collect_lines(item, (*path, index), lines, file, inside)
    return problems


def _character(error: yaml.reader.ReaderError) -> str:
    return chr(error.character) if isinstance(error.character, int) else str(error.character)


def _path(document: YamlDocument, item: dict[str, Any]) -> FieldPath:
    """Where an error is: pydantic's location, or the place that a ``FaultAtError`` names below it."""
    fault = item.get("ctx", {}).get("error")
    path = _known_path(document, item["loc"])
    return (*path, *fault.path) if isinstance(fault, FaultAtError) else path


def _known_path(document: YamlDocument, location: tuple[str | int, ...]) -> FieldPath:
    """Pydantic's location without the marks that it adds for unions and validators."""
    path: FieldPath = ()
    for part in location:
        if (*path, part) in document.lines:
            path = (*path, part)
    last = location[-1] if location else None
    if isinstance(last, str) and last.replace("_", "").isalnum() and path[-1:] != (last,) and last.islower():
        path = (*path, last)
    return path


def _sentence(item: dict[str, Any]) -> str:
    kind, given = item["type"], item.get("input")
    if kind == "missing":
        return "this field is required"
    if kind == "extra_forbidden":
        return "there is no such field; check the spelling"
    if kind in {"literal_error", "enum"}:
        return f"{given!r} is not one of {item['ctx']['expected']}"
    if kind == "value_error":
        return str(item["ctx"]["error"])
    message = str(item["msg"])
    message = message[0].lower() + message[1:]
    return message if isinstance(given, dict | list) else f"{message}, not {given!r}"


def _dotted(path: FieldPath) -> str:
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text
