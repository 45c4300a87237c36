"""Assignment rules: checking a ``when`` condition with a parser, and turning rules into one SQL query.

A condition may use the columns of ``eligibility/assignment_candidates``, literals, comparisons, arithmetic and a
few harmless functions; no sub-query and nothing that reaches outside. Does not belong here: which rule wins (SQL).
"""

from collections.abc import Iterable
from typing import Any

import sqlglot
import sqlglot.expressions as exp
from sqlglot.errors import SqlglotError

from chasing_pipeline.domain.cadence import Cadence

CONDITION_COLUMNS = frozenset(
    [
        "customer_number",
        "currency",
        "balance",
        "open_amount",
        "unapplied_credit",
        "current_amount",
        "days_1_30",
        "days_31_60",
        "days_61_90",
        "days_over_90",
        "open_item_count",
        "account_age_days",
        "past_due_age_days",
        "oldest_issue_date",
        "oldest_due_date",
        "name",
        "city",
        "state",
        "postal_code",
        "country",
        "payment_terms",
        "language",
        "timezone",
        "chase",
        "autopay",
        "owner",
    ]
)
"""The columns that a condition may name: those of ``sql/eligibility/assignment_candidates.sql``."""

AGES = frozenset(
    ["account_age_days", "past_due_age_days", "current_amount", "days_1_30", "days_31_60", "days_61_90", "days_over_90"]
)
"""Those of them that change by the passing of time alone."""

_LOGIC = (exp.And, exp.Or, exp.Not, exp.Paren, exp.In, exp.Between, exp.Is, exp.Like, exp.ILike, exp.Escape)
_COMPARISONS = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg)
_VALUES = (exp.Literal, exp.Boolean, exp.Null, exp.Column, exp.Identifier)
_FUNCTIONS = (exp.Lower, exp.Upper, exp.Trim, exp.Coalesce, exp.Length, exp.Abs, exp.StartsWith)
_ALLOWED = (*_LOGIC, *_COMPARISONS, *_ARITHMETIC, *_VALUES, *_FUNCTIONS)
_ALLOWED_CASTS = ("DATE",)


def parse_condition(text: str) -> exp.Expression:
    """The condition as a syntax tree. Raises ValueError that names what isn't allowed in it."""
    try:
        statements = sqlglot.parse(text, dialect="duckdb")
    except SqlglotError as error:
        raise ValueError(f"this is no SQL condition: {_first_line(error)}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Expression):
        raise ValueError("a rule is one SQL condition")
    tree = statements[0]
    for node in tree.walk():
        _check(node)
    if isinstance(tree, exp.Literal | exp.Neg):
        raise ValueError("a rule is a condition, true or false for an account")
    return tree


def names_an_age(condition: str) -> bool:
    """Whether a condition depends on a column that changes by the passing of time alone."""
    return any(column.name.lower() in AGES for column in parse_condition(condition).find_all(exp.Column))


def rules_query(cadences: Iterable[Cadence]) -> str:
    """A query with one row per account of ``assignment_candidates``: the cadence whose rule wins (null: none), and
    ``tied_with``, the name of a second one that matches with the same priority (null: none)."""
    ruled = sorted(
        ((c.assign.priority, c.cadence, _condition_of(c.assign.when)) for c in cadences if c.assign is not None),
        key=lambda rule: rule[:2],
    )
    winner, tied_with = exp.Case(), exp.Case()
    for place, (priority, name, condition) in enumerate(ruled):
        winner.when(condition.copy(), exp.Literal.string(name), copy=False)
        second = exp.Case()
        for other_priority, other, other_condition in ruled[place + 1 :]:
            if other_priority == priority:
                second.when(other_condition.copy(), exp.Literal.string(other), copy=False)
        tied_with.when(condition.copy(), second if second.args.get("ifs") else exp.null(), copy=False)
    query = exp.select(
        "day",
        "account_key",
        "customer_number",
        "currency",
        "unapplied_credit",
        exp.column("country").as_("holiday_country"),
        exp.cast(winner if ruled else exp.null(), "varchar").as_("cadence"),
        exp.cast(tied_with if ruled else exp.null(), "varchar").as_("tied_with"),
    )
    return query.from_("assignment_candidates").sql("duckdb")


def _condition_of(when: str | None) -> exp.Expression:
    return exp.true() if when is None else parse_condition(when)


def _check(node: Any) -> None:
    if isinstance(node, exp.Cast) and node.to.this.name in _ALLOWED_CASTS:
        return
    if isinstance(node, exp.DataType) and node.this.name in _ALLOWED_CASTS:
        return
    if isinstance(node, exp.In) and (node.args.get("query") or node.args.get("unnest") or node.args.get("field")):
        raise ValueError("a rule can't hold a sub-query")
    if isinstance(node, exp.Query | exp.Subquery | exp.Exists):
        raise ValueError("a rule can't hold a sub-query")
    if isinstance(node, exp.Column):
        if node.table or node.name.lower() not in CONDITION_COLUMNS:
            raise ValueError(f"there is no column {node.sql()}; a rule can use {', '.join(sorted(CONDITION_COLUMNS))}")
        return
    if not isinstance(node, _ALLOWED):
        raise ValueError(f"a rule can't use {node.sql('duckdb')!r}; it compares columns with values")


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0].split(". Line")[0]
