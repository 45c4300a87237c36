"""The documentation is true of this version: generated files, names, examples and queries are held against the code."""

import os
import re
import runpy
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer
import yaml
from dagster import AssetCheckSpec
from pydantic import BaseModel

from chasing_pipeline.assets.checks import EXTRACT_CHECKS, OUTCOME_CHECKS, PLANNING_CHECKS
from chasing_pipeline.cli import app
from chasing_pipeline.dispatching.gates import GROWTH, QUARANTINE, STALE_EXTRACT
from chasing_pipeline.domain.cadence import Cadence, Channel, Run, Step
from chasing_pipeline.domain.settings import Settings, Source
from chasing_pipeline.domain.tables import EXTRACT_TABLES, WAREHOUSE_TABLES
from chasing_pipeline.domain.yaml_files import read_yaml, validate
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.engine.sql_files import statement
from chasing_pipeline.ledger.activities import KINDS
from chasing_pipeline.ledger.dispatches import State
from chasing_pipeline.messages.context import NAMES
from chasing_pipeline.messages.filters import ALLOWED_FILTERS
from chasing_pipeline.planning.conditions import CONDITION_COLUMNS, parse_condition
from chasing_pipeline.planning.extracts import stage
from chasing_pipeline.planning.home import HOLD_KINDS
from chasing_pipeline.planning.publication import publish_activities, publish_progress, publish_quarantine
from chasing_pipeline.planning.simulation import simulate
from chasing_pipeline.resources.chasing import Chasing

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
YESTERDAY, TODAY = date(2026, 3, 17), date(2026, 3, 18)
WRITTEN = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
CONTROLLER, ANALYST, ENGINEER = (
    (DOCS / f"{name}.md").read_text(encoding="utf-8") for name in ("credit-controller", "analyst", "engineer")
)
ALL_TEXT = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *DOCS.rglob("*.md")])
CODE = set(re.findall(r"`([^`\n]+)`", ALL_TEXT))


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def named(path: Path) -> str:
    """A path as a test's name."""
    return path.relative_to(ROOT).as_posix()


def fields_of(model: type[BaseModel]) -> dict[str, Any]:
    """The fields of a model under the names that a file gives them."""
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def setting_names(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """The dotted name of every setting, without the groups."""
    for name, annotation in fields_of(model).items():
        candidates = [annotation, *getattr(annotation, "__args__", ())]
        group = next((c for c in candidates if isinstance(c, type) and issubclass(c, BaseModel)), None)
        if group is Source:
            yield f"{prefix}{name}"
            yield from (f"{prefix}{name}.TABLE.{field}" for field in fields_of(Source))
        elif group is not None:
            yield from setting_names(group, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def commands(command: Any, name: str) -> Iterator[tuple[str, set[str]]]:
    """Every command that does something: its full name and its options."""
    for part, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{name} {part}")
    if not hasattr(command, "commands"):
        yield name, {max(p.opts, key=len) for p in command.params if p.param_type_name == "option"} - {"--help"}


def verdicts() -> set[str]:
    """The verdicts that the statements can give."""
    either = statement("eligibility/step_verdicts").text + statement("eligibility/unit_facts").text
    alone = statement("eligibility/step_decisions").text
    return {
        *re.findall(r"\b(?:then|else)\s+'([a-z_]+)'", either),
        *re.findall(r"(?:then|else) '([a-z_]+)'(?= else| end as verdict)", alone),
    }


def variables() -> set[str]:
    """The environment variables that the package reads."""
    reads = re.compile(r"""(?:environ(?:\.get)?[\[(]\s*|envvar=)"([A-Z_]+)\"""")
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "chasing_pipeline").rglob("*.py"))
    return {name for text in sources for name in reads.findall(text)}


COMMANDS = list(commands(typer.main.get_command(app), "chasing"))


@pytest.fixture(scope="module")
def played_home(tmp_path_factory: pytest.TempPathFactory, plan: Callable[..., None]) -> Iterator[Path]:
    """The sample home after its last two days have been played, without the orchestrator."""
    root = tmp_path_factory.mktemp("docs") / "home"
    generated = shutil.ignore_patterns("warehouse", "outbox", ".*", "ledger.sqlite*", "__pycache__")
    shutil.copytree(ROOT / "data", root, ignore=generated)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CHASING_LEDGER_URL", raising=False)
        for day in (YESTERDAY, TODAY):
            chasing = Chasing(root, day)
            plan(chasing)
            chasing.dispatcher().run(day, *chasing.planned_actions(day))
            publish_activities(chasing.ledger, chasing.warehouse, [day])
            publish_progress(chasing.ledger, chasing.warehouse, day)
            with DuckDBEngine(threads=1) as engine:
                publish_quarantine(chasing.warehouse, engine, stage(chasing.home, day))
            chasing.ledger.close()
        yield root


@pytest.fixture(scope="module")
def warehouse(played_home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The warehouse of the played home, as an analyst opens it."""
    with duckdb.connect(str(played_home / "warehouse" / "chasing.duckdb"), read_only=True) as connection:
        yield connection


@pytest.mark.parametrize(
    "name", ["cadence.schema.json", "chasing.schema.json", "data-contract.yaml", "data-dictionary.md"]
)
def test_a_generated_file_is_up_to_date(name: str) -> None:
    wanted = runpy.run_path(str(DOCS / "generate.py"))["generated"]()
    assert (DOCS / name).read_text(encoding="utf-8") == wanted[name], "run: .venv/bin/python docs/generate.py"


CONTRACT = yaml.safe_load((DOCS / "data-contract.yaml").read_text(encoding="utf-8"))
CONTRACT_FIELDS = {
    "apiVersion", "kind", "id", "name", "version", "status", "domain", "dataProduct", "description", "servers",
    "schema", "team", "slaProperties",
}  # fmt: skip
LOGICAL_TYPES = {"string", "date", "timestamp", "time", "number", "integer", "object", "array", "boolean"}


def test_the_data_contract_has_the_form_of_the_standard() -> None:
    # by hand, for the standard's own schema can't be had without a download
    assert CONTRACT["apiVersion"] == "v3.1.0"
    assert CONTRACT["kind"] == "DataContract"
    assert set(CONTRACT) == CONTRACT_FIELDS
    assert [server["type"] for server in CONTRACT["servers"]] == ["duckdb", "local"]
    assert [table["name"] for table in CONTRACT["schema"]] == list(WAREHOUSE_TABLES)
    for table in CONTRACT["schema"]:
        assert table["description"].startswith("One row is ")
        for column in table["properties"]:
            assert column["logicalType"] in LOGICAL_TYPES
            assert column["description"]
        positions = [c["primaryKeyPosition"] for c in table["properties"] if c.get("primaryKey")]
        assert sorted(positions) == list(range(1, len(positions) + 1))


@pytest.mark.parametrize("table", CONTRACT["schema"], ids=lambda table: table["name"])
def test_what_is_written_keeps_the_data_contract(table: dict[str, Any], warehouse: duckdb.DuckDBPyConnection) -> None:
    name, columns = table["name"], table["properties"]
    described = warehouse.execute(f"describe {name}").fetchall()
    assert [(row[0], row[1].lower()) for row in described] == [(c["name"], c["physicalType"]) for c in columns]
    (total,) = warehouse.execute(f"select count(*) from {name}").fetchall()[0]
    assert total, "an empty table keeps every promise"
    for column in columns:
        if column["required"]:
            empty = warehouse.execute(f'select count(*) from {name} where "{column["name"]}" is null')
            assert empty.fetchall() == [(0,)], column["name"]
    key = ", ".join(f'"{c["name"]}"' for c in columns if c.get("primaryKey"))
    repeated = warehouse.execute(f"select {key} from {name} group by {key} having count(*) > 1").fetchall()
    assert repeated == []
    for rule in table["quality"]:
        if rule["type"] == "sql":
            assert warehouse.execute(rule["query"]).fetchall() == [(rule["mustBe"],)], rule["name"]
        else:
            assert ", ".join(f'"{column}"' for column in rule["arguments"]["properties"])


@pytest.mark.parametrize("table", WAREHOUSE_TABLES)
def test_the_files_have_the_columns_and_types_of_the_data_contract(table: str, played_home: Path) -> None:
    paths = sorted((played_home / "warehouse" / table).glob("[0-9]*.parquet"))
    assert paths
    wanted = [(column.name, column.type) for column in WAREHOUSE_TABLES[table].columns]
    with duckdb.connect() as connection:
        for path in paths:
            found = connection.execute("describe from read_parquet($1)", [str(path)]).fetchall()
            assert [(row[0], row[1].lower()) for row in found] == wanted


def test_columns_that_may_name_a_person_are_marked() -> None:
    marked = {
        (table["name"], column["name"])
        for table in CONTRACT["schema"]
        for column in table["properties"]
        if column.get("classification")
    }
    assert {("action_table", "recipient"), ("action_table", "customer_name"), ("activity_log", "detail")} <= marked
    assert ("account_aging", "balance") not in marked


@pytest.mark.parametrize("check", [*PLANNING_CHECKS, *EXTRACT_CHECKS, *OUTCOME_CHECKS], ids=lambda check: check.name)
def test_a_check_is_documented_with_its_table(check: AssetCheckSpec) -> None:
    assert f"| `{check.name}` | `{check.asset_key.to_user_string()}` |" in ENGINEER


def test_the_commands_are_found() -> None:
    assert {"chasing run", "chasing todo list"} <= {name for name, _ in COMMANDS}


@pytest.mark.parametrize(("name", "options"), COMMANDS)
def test_a_command_is_documented_with_its_options(name: str, options: set[str]) -> None:
    row = next((line for line in ENGINEER.splitlines() if re.match(rf"\| `{name}[` ]", line)), "")
    assert row, f"docs/engineer.md has no row for {name}"
    assert options == set(re.findall(r"`(--[a-z-]+)", row))


@pytest.mark.parametrize("name", list(setting_names(Settings)))
def test_a_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in ENGINEER


@pytest.mark.parametrize(
    "name",
    [
        *(name for name in fields_of(Cadence) if name not in {"run", "assign"}),
        *(f"run.{name}" for name in fields_of(Run)),
        *fields_of(Step),
        "assign.priority",
        "assign.when",
    ],
)
def test_a_cadence_field_is_documented(name: str) -> None:
    assert f"| `{name}`" in CONTROLLER


@pytest.mark.parametrize("verdict", sorted(verdicts()))
def test_a_verdict_is_documented(verdict: str) -> None:
    assert f"| `{verdict}` |" in CONTROLLER


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_of_activity_is_documented(kind: str) -> None:
    assert re.search(rf"^\| [^|]*`{kind}`[^|]* \|", ANALYST, re.MULTILINE)


@pytest.mark.parametrize("variable", sorted(variables()))
def test_an_environment_variable_is_documented(variable: str) -> None:
    assert f"| `{variable}` |" in ENGINEER
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert variable == "USER" or re.search(rf"^(# )?{variable}=", example, re.MULTILINE)


@pytest.mark.parametrize(
    "word",
    [
        *WAREHOUSE_TABLES,
        *EXTRACT_TABLES,
        *(channel.value for channel in Channel),
        *(state.value for state in State),
        *HOLD_KINDS,
        *NAMES,
        *sorted(CONDITION_COLUMNS),
        *(name for name in sorted(ALLOWED_FILTERS) if name not in {"d", "e", "only_own_markup"}),
        *(STALE_EXTRACT, QUARANTINE, GROWTH),
    ],
)
def test_a_word_that_users_meet_is_documented(word: str) -> None:
    # states of a dispatch stand in a drawing, everything else in running text
    assert word in CODE or re.search(rf"\b{word}\b", "".join(blocks(ENGINEER, "text")))


def test_every_verdict_of_the_sample_is_documented(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = {verdict for (verdict,) in warehouse.execute("select distinct verdict from step_decisions").fetchall()}
    assert {"act", "not_enrolled", "promise"} <= found <= verdicts()


@pytest.mark.parametrize("query", [q for block in blocks(ANALYST, "sql") for q in block.split(";") if q.strip()])
def test_a_query_for_analysts_runs_and_finds_something(query: str, warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(query).fetchall()
    assert found or "not_carried_out" in query


@pytest.mark.parametrize("path", WRITTEN, ids=named)
def test_every_yaml_example_is_valid(path: Path, tmp_path: Path) -> None:
    for number, text in enumerate(blocks(path.read_text(encoding="utf-8"), "yaml")):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text, encoding="utf-8")
        document = read_yaml(file)
        if "cadence" in document.content:
            cadence = validate(document, Cadence)
            if cadence.assign is not None and cadence.assign.when is not None:
                parse_condition(cadence.assign.when)
        elif "ops" not in document.content:  # a launchpad's configuration is Dagster's
            document.content.setdefault("company", {"name": "Example"})
            validate(document, Settings)


@pytest.mark.parametrize("condition", [line for block in blocks(CONTROLLER, "when") for line in block.splitlines()])
def test_an_example_of_a_rule_is_valid(condition: str) -> None:
    parse_condition(condition)


@pytest.mark.parametrize(
    ("company", "encoding", "names", "owed"),
    [
        ("Prairie Supply Co.", "utf-8", ["ar-2026-03-18.csv"], [("A1", "1250.00"), ("B2", "75.50")]),
        ("Nordlicht Handel GmbH", "latin-1", ["Kunden.csv", "OP-Liste.csv"], [("10001", "1000.50")]),
    ],
)
def test_a_source_mapping_reads_its_example(
    company: str, encoding: str, names: list[str], owed: list[tuple[str, str]], tmp_path: Path
) -> None:
    # the files stand in CSV blocks before the settings that read them
    settings = next(block for block in blocks(ENGINEER, "yaml") if company in block)
    before = ENGINEER[: ENGINEER.index(settings)]
    folder = tmp_path / "extracts" / "2026-03-18"
    folder.mkdir(parents=True)
    for name, content in zip(names, blocks(before, "csv")[-len(names) :], strict=True):
        (folder / name).write_text(content, encoding=encoding)
    (tmp_path / "chasing.yaml").write_text(settings, encoding="utf-8")
    (tmp_path / "cadences").mkdir()
    (tmp_path / "cadences" / "all.yaml").write_text(
        "cadence: all\nassign: {}\nsteps: [{step: first, clock: account_age, day: 0, channel: escalate}]\n"
    )
    found = simulate(Chasing(tmp_path).home, TODAY, TODAY)
    assert [(row["customer_number"], str(row["balance"])) for row in found] == owed


@pytest.mark.parametrize("path", WRITTEN, ids=named)
def test_no_text_mentions_issues_machines_or_registries(path: Path) -> None:
    text = re.sub(r"\]\([^)]*\)", "]", path.read_text(encoding="utf-8"))
    assert not re.search(r"(?<![0-9A-Za-z&])#\d+\b|[a-z]#\d+\b|\bissues? (no\.? |number )?\d+", text)
    assert not re.search(r"/work/|/tmp/|/root/|(?<![A-Z}])/home/|pypi\.|registry\.|files\.pythonhosted", text)
    assert os.fspath(ROOT) not in text


def anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    headings = re.findall(
        r"^#+ (.*)$", re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL), re.MULTILINE
    )
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", WRITTEN, ids=named)
def test_every_link_leads_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        aim = (path.parent / name).resolve() if name else path
        assert aim.exists(), target
        assert not anchor or anchor in anchors(aim), target
