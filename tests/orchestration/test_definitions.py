"""What the orchestrator shows: the names of the contract's section 10, fully described, under one location name."""

import importlib
import tomllib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from dagster import AssetKey, AssetSpec, Definitions, TableSchema

from chasing_pipeline.definitions import build_definitions
from chasing_pipeline.domain.problems import ConfigurationError
from chasing_pipeline.domain.tables import EXTRACT_TABLES, WAREHOUSE_TABLES
from chasing_pipeline.partitions import daily_partitions
from chasing_pipeline.planning.home import ChasingHome

REPOSITORY = Path(__file__).resolve().parents[2]
DAY = date(2026, 3, 18)
ASSETS = """\
account_aging <- open_items | receivables
action_table <- action_units, contacts, step_decisions | chasing
action_units <- step_decisions | chasing
activity_log <- action_table | outcomes
chasing_progress <- account_aging, action_table, activity_log | outcomes
contacts <-  | sources
customers <-  | sources
invoices <-  | sources
open_items <- customers, invoices, transactions | receivables
quarantine <- contacts, customers, invoices, transactions | sources
step_decisions <- account_aging, contacts, open_items | chasing
transactions <-  | sources
"""


@pytest.fixture
def definitions(sample_home: Path, definitions_at: Callable[[Path, date], Definitions]) -> Definitions:
    return definitions_at(sample_home, DAY)


def specs(definitions: Definitions) -> dict[str, AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def test_the_assets_their_dependencies_and_groups_are_these(definitions: Definitions) -> None:
    lines = []
    for name, spec in sorted(specs(definitions).items()):
        deps = ", ".join(sorted(dep.asset_key.to_user_string() for dep in spec.deps))
        lines.append(f"{name} <- {deps} | {spec.group_name}\n")
    assert "".join(lines) == ASSETS


def test_every_asset_has_an_owner_a_description_kinds_and_a_storage_address(definitions: Definitions) -> None:
    for name, spec in specs(definitions).items():
        assert list(spec.owners) == ["team:accounts-receivable"], name
        assert (spec.description or "").startswith("One row is "), name
        assert spec.kinds == {"duckdb", "parquet"}, name
        assert str(spec.metadata["dagster/table_name"]).endswith(f"/{name}")


def test_every_table_has_a_full_column_schema_with_descriptions(definitions: Definitions) -> None:
    found = specs(definitions)
    assert set(WAREHOUSE_TABLES) | set(EXTRACT_TABLES) == set(found)
    for name, table in {**EXTRACT_TABLES, **WAREHOUSE_TABLES}.items():
        schema = found[name].metadata["dagster/column_schema"]
        assert isinstance(schema, TableSchema)
        assert [(column.name, column.type) for column in schema.columns] == [
            (column.name, column.type) for column in table.columns
        ]
        assert all(column.description for column in schema.columns), name
        assert [column.name for column in schema.columns if not column.constraints.nullable] == [
            column.name for column in table.columns if column.required
        ]


def test_the_statement_behind_each_computed_table_exists(definitions: Definitions) -> None:
    files = {name: spec.metadata["sql_file"].value for name, spec in specs(definitions).items()
             if "sql_file" in spec.metadata}  # fmt: skip
    assert set(files) == set(specs(definitions)) - {"activity_log"}
    assert [path for path in files.values() if not (REPOSITORY / path).is_file()] == []


def test_jobs_and_the_schedule_have_the_names_of_the_contract(definitions: Definitions) -> None:
    jobs = {job.name for job in definitions.resolve_all_job_defs() if not job.name.startswith("__")}
    assert jobs == {"daily_chasing", "dispatch_actions", "record_activity", "release_actions", "preview_messages"}
    assert definitions.resolve_schedule_def("daily_chasing_schedule").job_name == "daily_chasing"


@pytest.mark.parametrize(
    ("sensor", "job"),
    [
        ("dispatch_sensor", "dispatch_actions"),
        ("extract_arrival_sensor", "daily_chasing"),
    ],
)
def test_sensors_have_the_names_of_the_contract(definitions: Definitions, sensor: str, job: str) -> None:
    assert definitions.resolve_sensor_def(sensor).job_name == job


def test_nothing_retries_by_itself(definitions: Definitions) -> None:
    job = definitions.resolve_job_def("dispatch_actions")
    assert job.tags["dagster/max_retries"] == "0"
    assert [node.definition.retry_policy for node in job.graph.nodes] == [None, None]  # type: ignore[attr-defined]
    settings = yaml.safe_load((REPOSITORY / "dagster.yaml").read_text())
    assert settings["run_retries"] == {"enabled": False}


def test_a_run_that_was_killed_does_not_block_the_queue() -> None:
    settings = yaml.safe_load((REPOSITORY / "dagster.yaml").read_text())
    assert settings["run_monitoring"]["enabled"]
    assert "tag_concurrency_limits" not in settings["concurrency"]["runs"]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/London"])
def test_partitions_end_with_today_in_the_companys_time_zone(sample_home: Path, zone: str) -> None:
    path = sample_home / "chasing.yaml"
    path.write_text(path.read_text().replace("timezone: Europe/London", f"timezone: {zone}"))
    keys = daily_partitions(ChasingHome(sample_home)).get_partition_keys()
    assert keys[0] == "2026-03-09"
    assert keys[-1] == datetime.now(ZoneInfo(zone)).date().isoformat()


def test_a_played_day_widens_the_partitions_both_ways(sample_home: Path) -> None:
    home = ChasingHome(sample_home)
    ahead = datetime.now(home.settings.company.zone).date() + timedelta(days=3)
    keys = daily_partitions(home, date(2026, 3, 1), ahead).get_partition_keys()
    assert (keys[0], keys[-1]) == ("2026-03-01", ahead.isoformat())


def test_every_partitioned_asset_has_the_same_days(definitions: Definitions) -> None:
    assert {str(spec.partitions_def) for spec in specs(definitions).values()} == {
        str(specs(definitions)["customers"].partitions_def)
    }


def test_workspace_and_project_agree_on_module_and_location() -> None:
    (load,) = yaml.safe_load((REPOSITORY / "workspace.yaml").read_text())["load_from"]
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["dg"]["project"]
    workspace = (load["python_module"]["module_name"], load["python_module"]["location_name"])
    assert workspace == (project["code_location_target_module"], project["code_location_name"])
    assert workspace[1] == "chasing_pipeline"
    assert hasattr(importlib.import_module(workspace[0]), "defs")


def test_what_dagster_loads_are_the_definitions_of_the_home_that_is_named(
    sample_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHASING_HOME", str(sample_home))
    loaded = importlib.import_module("chasing_pipeline.definitions").defs
    found = loaded if isinstance(loaded, Definitions) else loaded()
    assert found.resolve_asset_graph().has(AssetKey("action_table"))


def test_definitions_of_a_faulty_home_say_what_is_wrong(sample_home: Path) -> None:
    path = sample_home / "chasing.yaml"
    path.write_text(path.read_text() + "limitz: {}\n")
    with pytest.raises(ConfigurationError, match=r"chasing\.yaml:\d+: limitz"):
        build_definitions(sample_home)
