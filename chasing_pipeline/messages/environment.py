"""The sandbox in which templates run: what they can reach, call and grow to.

Belongs here: the hardened Jinja2 environment. Does not belong here: the filters (``filters``),
where templates are found (``library``) and what they may name (``context``).

Jinja2's own sandbox keeps a template from Python's insides, but not from using all the memory
(``'{:>100000000}'.format(1)``, ``'a' * 10**8``, ``'a'.ljust(10**8)``). Here attributes, calls and filters
are allow-listed, every way to make a longer text is capped, and so is the number of steps: turns of a loop, calls,
and files taken in.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.environment import TemplateModule
from jinja2.exceptions import SecurityError
from jinja2.ext import Extension
from jinja2.runtime import (
    BlockReference,
    Context,
    LoopContext,
    Macro,
    TemplateReference,
    Undefined,
    markup_join,
    str_join,
)
from jinja2.sandbox import ImmutableSandboxedEnvironment

from chasing_pipeline.messages.filters import ALLOWED_FILTERS, check_length, printable
from chasing_pipeline.messages.records import Record

SEED_NAMES = (
    "customer_name",
    "customer_contact_name",
    "customer_number",
    "customer_address",
    "customer_payment_terms",
    "account_balance",
    "invoice_numbers",
    "invoice_dates",
    "invoice_due_dates",
    "customer_portal_button",
)
"""The names of the product this one takes over from, which wrote them with triple braces."""

_STRING_METHODS = frozenset(
    ("capitalize", "endswith", "lower", "lstrip", "rstrip", "split", "startswith", "strip", "title", "upper")
)
_DATE_FIELDS = frozenset(("day", "month", "year"))
_JINJA_OBJECTS = (LoopContext, BlockReference, TemplateReference, TemplateModule)
_LARGEST_NUMBER = 10**18
MAXIMUM_STEPS = 100_000
"""How long one part may go on: a turn of a loop is a step. A statement of 5,000 invoices takes some 5,000."""
_STEPS_OF_A_CALL, _STEPS_OF_A_FILE = 5, 50
"""What a call of a macro, and taking in another file, count for: about as many turns as they take time."""
_steps: ContextVar[list[int]] = ContextVar("steps")
"""How many steps the part that is being rendered has taken, in a list that is counted up in place."""
_RAW_OR_TRIPLE = re.compile(r"(?s)(\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\})|\{\{\{([^{}]+)\}\}\}")


def _step(count: int = 1) -> None:
    taken = _steps.get(None)
    if taken is None:  # nothing is being rendered: a template is read, say
        return
    taken[0] += count
    if taken[0] > MAXIMUM_STEPS:
        raise SecurityError(f"takes more than {MAXIMUM_STEPS:,} steps; is there a loop in a loop?")


def _counting(values: Iterable[Any]) -> Iterator[Any]:
    """``values``, each of them a step; what every loop of a template runs over."""
    for value in values:
        _step()
        yield value


class TripleBraces(Extension):
    """``{{{ name }}}``: the seed's names as ever, everything else only if it is markup of our own."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """The source with triple braces in Jinja2's own words; lines stay where they are."""

        def rewrite(match: re.Match[str]) -> str:
            if match[1] is not None:  # {% raw %}
                return match[1]
            # The seed's names are either data, and escaped like any other, or markup of our own.
            return f"{{{{{match[2]}}}}}" if match[2].strip() in SEED_NAMES else f"{{{{({match[2]})|only_own_markup}}}}"

        return _RAW_OR_TRIPLE.sub(rewrite, source)


_COUNTING = "counted steps"
"""No template can name this filter, for it has a space."""


class _CappedCode(CodeGenerator):
    """Compiles ``a ~ b`` to a call of the environment's, which looks at the length first."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - Jinja2 names it so
        self.write(f"environment.joined({bool(frame.eval_ctx.autoescape)}, (")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


class _StrictUndefined(jinja2.StrictUndefined):
    """Says what a record of ours does have when a template asks for what it doesn't."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        record = self._undefined_obj
        if isinstance(record, Record):
            return f"{record.article} has no {self._undefined_name!r}; it has {', '.join(record.names())}"
        return super()._undefined_message


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """Jinja2 for templates that must neither leak, nor grow, nor guess."""

    code_generator_class = _CappedCode
    intercepted_binops = frozenset(("+", "-", "*", "/", "//", "%", "**"))

    def __init__(self, loader: jinja2.BaseLoader) -> None:
        super().__init__(
            loader=loader,
            undefined=_StrictUndefined,
            autoescape=lambda name: name is not None and name.endswith(".html"),
            extensions=[TripleBraces],
            finalize=printable,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
            auto_reload=False,
        )
        self.globals.clear()
        self.filters = {**ALLOWED_FILTERS, _COUNTING: _counting}

    @staticmethod
    def concat(parts: Iterable[str]) -> str:
        """All of ``parts`` as one text. Raises SecurityError when that is too long."""
        kept, length = [], 0
        for part in parts:
            length += len(part)
            check_length(length)
            kept.append(part)
        return "".join(kept)

    def joined(self, autoescape: bool, values: tuple[Any, ...]) -> str:
        """What ``~`` does. Raises SecurityError when the result is too long or a value is no single one."""
        parts = [printable(value) for value in values]
        check_length(sum(len(str(part)) for part in parts))
        return markup_join(parts) if autoescape else str_join(parts)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic on numbers of a sensible size, and ``+`` on texts. Raises SecurityError for anything else."""
        if isinstance(left, Undefined) or isinstance(right, Undefined):
            return self.binop_table[operator](left, right)
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            check_length(len(left) + len(right))
            return left + right
        number = int | float | Decimal
        if operator == "**" or not isinstance(left, number) or not isinstance(right, number):
            raise SecurityError(f"{operator} isn't possible between these values in a template")
        result = self.binop_table[operator](left, right)
        if abs(result) > _LARGEST_NUMBER:
            raise SecurityError(f"{operator} gives too large a number")
        return result

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805
        """What calls in a template go through. Raises SecurityError for what isn't safe."""
        _step(_STEPS_OF_A_CALL)
        return super().call(__context, __obj, *args, **kwargs)

    def get_template(self, name: Any, parent: str | None = None, globals: Any = None) -> jinja2.Template:
        """A template by name, on its own or to be taken in by another."""
        _step(_STEPS_OF_A_FILE)
        return super().get_template(name, parent, globals)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        """None: ``format`` is no special case here, ``is_safe_attribute`` refuses it."""
        return None

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a template may read ``attr``: fields of our records and a few harmless methods."""
        if isinstance(obj, Record):  # first, for nearly all there is to read is a field of an invoice
            return attr in obj.names()
        if not super().is_safe_attribute(obj, attr, value):
            return False
        if isinstance(obj, str):
            return attr in _STRING_METHODS
        if isinstance(obj, date):
            return attr in _DATE_FIELDS
        return isinstance(obj, _JINJA_OBJECTS)

    def is_safe_callable(self, obj: Any) -> bool:
        """Whether a template may call ``obj``: its own macros and blocks, loop helpers, harmless methods."""
        if isinstance(obj, Macro | BlockReference | LoopContext | Undefined):
            return True
        owner = getattr(obj, "__self__", None)
        if isinstance(owner, str):
            return getattr(obj, "__name__", "") in _STRING_METHODS
        return isinstance(owner, LoopContext)

    def join_path(self, template: str, parent: str) -> str:
        """The name of a template that ``parent`` takes in. Into HTML goes HTML only: nothing else is escaped."""
        if parent.endswith(".html") and not template.endswith(".html"):
            raise SecurityError(f"an HTML part can't take in {template}: what is in it isn't escaped")
        return template

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for node in tree.find_all(nodes.ScopedEvalContextModifier):
            raise jinja2.TemplateSyntaxError("autoescape can't be switched in a template", node.lineno, name, filename)
        for loop in tree.find_all(nodes.For):
            if loop.recursive:
                raise jinja2.TemplateSyntaxError("a loop can't be recursive here", loop.lineno, name, filename)
            loop.iter = nodes.Filter(loop.iter, _COUNTING, [], [], None, None, lineno=loop.lineno)
        return tree


def render_capped(template: jinja2.Template, context: dict[str, object]) -> str:
    """What ``template`` says with ``context``. Raises Jinja2's errors, and SecurityError where it goes on too long."""
    token = _steps.set([0])
    try:
        return TemplateEnvironment.concat(template.generate(context))
    finally:
        _steps.reset(token)
