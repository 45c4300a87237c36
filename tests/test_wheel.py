"""An installed wheel has all that a checkout has: the SQL, the sample home, the starter home."""

import os
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "site")
    return folder


def chasing(installed: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed / "site")}
    environment.pop("CHASING_HOME", None)
    command = [sys.executable, "-m", "chasing_pipeline", *arguments]
    return subprocess.run(command, cwd=installed, env=environment, capture_output=True, text=True, check=False)


def test_a_new_home_made_by_an_installed_wheel_is_in_order(installed: Path) -> None:
    assert chasing(installed, "init", "home").returncode == 0
    checked = chasing(installed, "check", "--home", "home")
    assert checked.returncode == 0, checked.stderr


def test_the_demo_of_an_installed_wheel_runs_beside_its_user(installed: Path) -> None:
    shown = chasing(installed, "demo")
    assert shown.returncode == 0, shown.stderr
    assert "44 actions; 44 carried out now" in shown.stdout
    assert (installed / "chasing-demo" / "outbox").is_dir()
    assert not list((installed / "site").rglob("warehouse/*"))


def test_an_installed_wheel_upgrades_a_ledger_of_the_first_version(installed: Path) -> None:
    first_version = REPOSITORY / "tests" / "ledger" / "first_version.sql"
    with closing(sqlite3.connect(installed / "old.sqlite")) as connection:
        connection.executescript(first_version.read_text(encoding="utf-8"))
    command = [sys.executable, "-c", "from chasing_pipeline.ledger.store import Ledger; Ledger('sqlite:///old.sqlite')"]
    environment = {**os.environ, "PYTHONPATH": str(installed / "site")}
    done = subprocess.run(command, cwd=installed, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_wheel_holds_nothing_that_a_home_generates(installed: Path) -> None:
    names = [str(path) for path in (installed / "site").rglob("*")]
    generated = ("/warehouse", "/outbox", "ledger.sqlite", ".dagster", ".locks")
    assert not [name for name in names if name.endswith(generated)]
