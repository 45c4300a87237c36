"""What other systems of the trade promise, in this product's language: each scenario fires as worked out by hand."""

import csv
import io
import subprocess
import sys
from pathlib import Path

import pytest

from chasing_pipeline.planning.home import ChasingHome
from chasing_pipeline.planning.simulation import simulate

from .scenario import COLUMNS, Scenario, printed, scenarios

SCENARIOS = list(scenarios())
SOME = [one for place, one in enumerate(SCENARIOS) if place % 6 == 0 or "skip" in one.name]
ON_THE_COMMAND_LINE = (
    "A first letter follows the grace days, the others follow the letter before",
    "A week without the program loses nothing and repeats nothing",
)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.identifier)
def test_what_fires_is_what_the_contract_says(scenario: Scenario, tmp_path: Path) -> None:
    home = ChasingHome(scenario.write(tmp_path / "home"))
    rows = simulate(home, scenario.first, scenario.last, scenario.only_days)
    assert sorted(printed(row) for row in rows) == scenario.expected, scenario.content["why"]


@pytest.mark.parametrize("scenario", SOME, ids=lambda scenario: scenario.identifier)
@pytest.mark.parametrize("item_days", [0, 30])
def test_planning_few_days_at_a_time_fires_the_same(scenario: Scenario, item_days: int, tmp_path: Path) -> None:
    home = ChasingHome(scenario.write(tmp_path / "home"))
    rows = simulate(home, scenario.first, scenario.last, scenario.only_days, item_days=item_days)
    assert sorted(printed(row) for row in rows) == scenario.expected, scenario.content["why"]


@pytest.mark.parametrize("name", ON_THE_COMMAND_LINE)
def test_the_command_prints_the_same_rows(name: str, tmp_path: Path) -> None:
    [scenario] = [scenario for scenario in SCENARIOS if scenario.name == name]
    days = scenario.only_days
    outcome = subprocess.run(
        [
            sys.executable, "-m", "chasing_pipeline", "simulate", "--home", scenario.write(tmp_path / "home"),
            "--from", str(scenario.first), "--to", str(scenario.last), "--fresh", "--format", "csv",
            *(["--only-days", ",".join(map(str, sorted(days)))] if days is not None else []),
        ],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert (outcome.returncode, outcome.stderr) == (0, "")
    reader = csv.DictReader(io.StringIO(outcome.stdout))
    assert sorted(printed(row) for row in reader) == scenario.expected
    assert reader.fieldnames == list(COLUMNS)


def test_names_are_unique_and_scenarios_many() -> None:
    names = [scenario.name for scenario in SCENARIOS]
    assert len(set(names)) == len(names)
    assert len(names) >= 120
