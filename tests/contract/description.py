"""A published OpenAPI description, as something to hold requests and replies against.

Where a service does not do what its description says, a Deviation changes the description, and says why. Does not
belong here: what is sent.
"""

import copy
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator, oas30_format_checker

from tests.stand_ins.web import Reply, Request

FOLDER = Path(os.environ.get("CHASING_SPECS", Path(__file__).parents[3] / "shared" / "specs"))
Schema = dict[str, Any]


@dataclass(frozen=True)
class Deviation:
    """What a description says otherwise than the service does: the place, what to read there instead, and why."""

    at: str  # keys, separated by spaces
    instead: Any
    because: str


class Description:
    """One service's description, deviations applied."""

    def __init__(self, name: str, deviations: Sequence[Deviation] = ()) -> None:
        self.content = json.loads((FOLDER / name).read_text(encoding="utf-8"))
        for deviation in deviations:
            *way, last = deviation.at.split()
            place = self.content
            for key in way:
                place = place[int(key)] if isinstance(place, list) else place[key]
            place[int(last) if isinstance(place, list) else last] = copy.deepcopy(deviation.instead)

    @cached_property
    def base(self) -> str:
        """The path that comes before all others."""
        return re.sub(r"^https://[^/]+", "", self.content["servers"][0]["url"])

    def followed(self, described: Any) -> Any:
        """What a reference refers to."""
        while isinstance(described, dict) and "$ref" in described:
            place = self.content
            for key in described["$ref"].removeprefix("#/").split("/"):
                place = place[key]
            described = place
        return described

    def errors(self, value: Any, schema: Schema) -> Iterator[str]:
        """What is wrong with a value."""
        whole = {"allOf": [schema], "components": self.content["components"]}
        for error in OAS30Validator(whole, format_checker=oas30_format_checker).iter_errors(value):
            yield from self._words(error)

    def _words(self, error: Any) -> Iterator[str]:
        yield f"{'/'.join(str(key) for key in error.absolute_path)}: {error.message[:300]}"
        for inner in error.context:
            yield from (f"  {words}" for words in self._words(inner))

    def operation(self, request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
        """The operation that a request asks for, with its parameters. Raises LookupError if there is none."""
        path = request.path.removeprefix(self.base)
        for template, methods in self.content["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", template), path) and request.method.lower() in methods:
                found = methods[request.method.lower()]
                parameters = [
                    self.followed(each) for each in (*methods.get("parameters", ()), *found.get("parameters", ()))
                ]
                return found, {f"{each['in']} {each['name']}": each["schema"] for each in parameters}
        raise LookupError(f"{request.method} {request.path}")

    def query_errors(self, request: Request) -> Iterator[str]:
        """What is wrong with the query of a request."""
        _, parameters = self.operation(request)
        for name, value in folded(request.query).items():
            if f"query {name}" not in parameters:
                yield f"{name}: no such parameter"
            else:
                schema = parameters[f"query {name}"]
                yield from self.errors(self.typed(value, schema), schema)

    def body_errors(self, request: Request, body: dict[str, Any]) -> Iterator[str]:
        """What is wrong with the body of a request, as it has been read; names that are not described included."""
        operation, _ = self.operation(request)
        kind = request.headers["content-type"].partition(";")[0]
        schema = operation["requestBody"]["content"][kind]["schema"]
        for name in sorted(set(body) - set(self.properties(schema))):
            yield f"{name}: no such field"
        yield from self.errors(self.typed(body, schema), schema)

    def reply_errors(self, request: Request, reply: Reply) -> Iterator[str]:
        """What is wrong with a reply; fields that are not described included."""
        operation, _ = self.operation(request)
        responses = operation["responses"]
        described = self.followed(responses.get(str(reply.status)) or responses["default"])
        content = self.followed(described["content"])
        schema = content[reply.content_type]["schema"]
        given = json.loads(reply.content)
        for name in sorted(set(given) - set(self.properties(schema))):
            yield f"{name}: no such field"
        yield from self.errors(given, schema)

    def properties(self, schema: Schema) -> dict[str, Schema]:
        """The fields of an object, from wherever they are put together."""
        schema = self.followed(schema)
        found = dict(schema.get("properties", {}))
        for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
            found |= self.properties(part)
        return found

    def typed(self, value: Any, schema: Schema) -> Any:
        """A value of a form or a query, which is text, as what its schema takes it for."""
        schema = self.followed(schema)
        if isinstance(value, dict):
            properties = self.properties(schema)
            return {name: self.typed(each, properties.get(name, {})) for name, each in value.items()}
        kinds = set(self._kinds(schema))
        if "boolean" in kinds and value in ("true", "false"):
            return value == "true"
        if "integer" in kinds and re.fullmatch(r"\d+", value):
            return int(value)
        if "array" in kinds:
            return value if isinstance(value, list) else [value]
        return value

    def _kinds(self, schema: Schema) -> Iterator[str]:
        schema = self.followed(schema)
        if "type" in schema:
            yield schema["type"]
        for part in (*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())):
            yield from self._kinds(part)


def folded(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Names such as ``metadata[dispatch_id]`` and ``include[]`` as objects and lists."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        outer, bracket, inner = name.partition("[")
        inner = inner.removesuffix("]")
        if not bracket:
            found[name] = value
        elif inner:
            found.setdefault(outer, {})[inner] = value
        else:
            found.setdefault(outer, []).append(value)
    return found
