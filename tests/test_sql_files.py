"""Every file below ``sql/`` is one statement that says what it makes, is used, and means the same on Spark."""

import re
from pathlib import Path

import pytest
import sqlglot
import sqlglot.expressions as exp

from chasing_pipeline.engine.sql_files import Statement, all_statements
from chasing_pipeline.files import shipped
from tests.mutations.mutations import Mutation, mutations

PACKAGE = Path(__file__).parents[1] / "chasing_pipeline"
STATEMENTS = all_statements()
DIFFERENT_ON_SPARK = {
    "isodow": r"isodow",
    "an ordered list_agg or array_agg": r"(list_agg|array_agg|list|string_agg)\s*\([^()]*\border\s+by\b",
    "qualify": r"\bqualify\b",
    "an asof join": r"\basof\b",
    "quantile_cont": r"\bquantile_cont\b",
    "* replace": r"\*\s*replace\b",
    "len(": r"\blen\s*\(",
    "first(… order by)": r"\b(first|last|any_value)\s*\([^()]*\border\s+by\b",
    "hash(": r"\bhash\s*\(",
    "format(": r"\bformat\s*\(",
}

each_statement = pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.name)


def code_of(statement: Statement) -> str:
    """The statement in small letters, without comments and texts."""
    return re.sub(r"'[^']*'", "''", re.sub(r"--[^\n]*", "", statement.text)).lower()


def header_of(statement: Statement) -> str:
    """The comment at the top on one line."""
    return " ".join(statement.description.split())


def named_parameters(header: str) -> set[str]:
    """The parameters that the header names; what stands in brackets only explains them."""
    found = re.search(r"Parameters: ([^.]*)\.", re.sub(r"\([^)]*\)", "", header))
    assert found, header
    return set() if found[1].strip() == "none" else set(re.findall(r"[a-z_]+", found[1].replace(" and ", ", ")))


def test_there_are_statements_for_every_stage_of_a_day() -> None:
    folders = {statement.name.split("/")[0] for statement in STATEMENTS}
    stages = ("staging", "receivables", "eligibility", "actions", "progress", "checks", "simulation", "story", "desk")
    assert folders == set(stages)


@each_statement
def test_a_file_holds_one_statement_that_can_be_parsed(statement: Statement) -> None:
    parsed = [tree for tree in sqlglot.parse(statement.text, dialect="duckdb") if tree is not None]
    assert len(parsed) == 1
    assert isinstance(parsed[0], exp.Query)
    assert ";" not in code_of(statement)


@each_statement
def test_the_header_says_what_one_row_is(statement: Statement) -> None:
    assert re.match(r"One row( per |: )\S", statement.description)


@each_statement
def test_the_header_names_exactly_the_parameters_that_are_used(statement: Statement) -> None:
    used = set(re.findall(r"\$([a-z_]+)", code_of(statement)))
    assert used == set(statement.parameters)
    header = header_of(statement)
    assert named_parameters(header if "Parameters:" in header else "Parameters: none.") == used


def test_every_header_has_a_line_of_parameters() -> None:
    assert [statement.name for statement in STATEMENTS if "Parameters:" not in header_of(statement)] == []


@each_statement
def test_a_statement_is_used_by_the_code(statement: Statement) -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    folder, model = statement.name.split("/")
    by_table = {f"staging/{table}{suffix}" for table in ("customers", "contacts", "invoices", "transactions")
                for suffix in ("", "_checked")}  # fmt: skip
    if statement.name in by_table:
        assert 'f"staging/{name}_checked"' in code
        assert 'f"staging/{name}"' in code
    else:
        by_folder = f'f"{folder}/{{name}}"' in code and f'"{model}"' in code
        assert by_folder or re.search(f"""["']{statement.name}["']""", code)


@each_statement
def test_nothing_in_it_means_something_else_on_spark(statement: Statement) -> None:
    code = code_of(statement)
    assert [name for name, pattern in DIFFERENT_ON_SPARK.items() if re.search(pattern, code, re.DOTALL)] == []


@each_statement
def test_dates_are_not_subtracted_with_a_minus(statement: Statement) -> None:
    # on Spark that is an interval; date_diff is a number of days on both
    [tree] = sqlglot.parse(statement.text, dialect="duckdb")
    assert tree is not None
    dates = re.compile(r"(_on|_date|_day|_until|_from)$|^(date|day)$")
    for difference in tree.find_all(exp.Sub):
        sides = (difference.this, difference.expression)
        assert not all(isinstance(side, exp.Column) and dates.search(side.name) for side in sides), difference.sql()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("isodow", "select extract(isodow from d) from t"),
        ("an ordered list_agg or array_agg", "select array_agg(a order by b) from t"),
        ("qualify", "select a from t qualify row_number() over (order by a) = 1"),
        ("an asof join", "select * from a asof join b on a.x >= b.x"),
        ("quantile_cont", "select quantile_cont(a, 0.5) from t"),
        ("* replace", "select * replace (1 as a) from t"),
        ("len(", "select len(a) from t"),
    ],
)
def test_the_search_finds_what_it_searches_for(name: str, text: str) -> None:
    assert re.search(DIFFERENT_ON_SPARK[name], code_of(Statement("x", text, frozenset())), re.DOTALL)


@pytest.mark.parametrize("mutation", mutations(), ids=str)
def test_a_mutation_still_fits_the_statement_that_it_changes(mutation: Mutation) -> None:
    original = (shipped("sql") / f"{mutation.statement}.sql").read_text(encoding="utf-8")
    assert mutation.applied_to(original) != original
