"""What the tests of several packages share: copies of the sample home, planning without Dagster, and what must hold.

``CHASING_TEST_LEDGER=postgresql`` runs those of dispatching and crashes with their ledger there.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from chasing_pipeline.dispatching.gates import is_stale
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger import activities, todos
from chasing_pipeline.ledger.copying import copy
from chasing_pipeline.ledger.progress import progress_before
from chasing_pipeline.ledger.store import LEDGER_FILE, Ledger
from chasing_pipeline.planning.day import DayPlanner
from chasing_pipeline.planning.publication import ACTION_TABLES, RECEIVABLES_TABLES, remember
from chasing_pipeline.resources.chasing import Chasing
from tests import postgres

SAMPLE = Path(__file__).parents[1] / "data"
SAMPLE_DAY = date(2026, 3, 18)
GENERATED = shutil.ignore_patterns("warehouse", "outbox", ".dagster", ".locks", "ledger.sqlite*", "__pycache__")


def plan_day(chasing: Chasing, day: date | None = None) -> None:
    """What ``daily_chasing`` does for one day, without the orchestrator: compute, publish, remember."""
    day = day or chasing.clock.today()
    with DuckDBEngine(threads=1) as engine:
        planner = DayPlanner(engine, chasing.home)
        planner.use_extract_of(day)
        planner.use_progress(progress_before(chasing.ledger, day))
        planner.plan([day], [day] if is_stale(chasing.home, day) else [])
        chasing.warehouse.publish(engine, (*RECEIVABLES_TABLES, *ACTION_TABLES), day)
        if day == chasing.clock.today():
            remember(planner, chasing.ledger, day, chasing.clock.now())


def check_carried_out_once(root: Path, day: date) -> None:
    """Every action of the day's table left exactly one trace: a file and ``sent``, or a to-do, or ``failed``."""
    chasing = Chasing(root, day)
    actions, _ = chasing.planned_actions(day)
    happened = Counter((row["kind"], row["action_id"]) for row in activities.of_days(chasing.ledger, [day]))
    items = Counter(item["action_id"] for item in todos.listed(chasing.ledger, include_done=True))
    written = [path for path in sorted((root / "outbox").rglob("*")) if path.is_file() and path.name[0] != "."]
    files = Counter(path.stem.rsplit("-", 1)[-1] for path in written)
    assert actions
    for action in actions:
        found = {
            "file": files[action.action_id],
            "sent": happened["sent", action.action_id],
            "to-do": items[action.action_id],
            "todo_created": happened["todo_created", action.action_id],
            "failed": happened["failed", action.action_id],
        }
        wanted = {
            "ready": {"file": 1, "sent": 1, "to-do": 0, "todo_created": 0, "failed": 0},
            "todo": {"file": 0, "sent": 0, "to-do": 1, "todo_created": 1, "failed": 0},
            "unreachable": {"file": 0, "sent": 0, "to-do": 1, "todo_created": 1, "failed": 1},
        }[action.status]
        assert found == wanted, (action.action_id, action.status)
    known = {action.action_id for action in actions}
    assert set(files) | set(items) | {action_id for kind, action_id in happened if kind == "sent"} <= known


@pytest.fixture(autouse=True)
def _no_home_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CHASING_HOME", "CHASING_LEDGER_URL", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    """A PostgreSQL server. Without its programs tests that want it are skipped, but fail in CI."""
    programs = postgres.binaries()
    if programs is None:
        message = "PostgreSQL is not installed here; see .ci/install-postgresql"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with postgres.server(programs) as server:
        yield server


@pytest.fixture
def ledger_kind() -> str:
    """Which database a test's ledger is in. Parametrise it to run a test with both."""
    return os.environ.get("CHASING_TEST_LEDGER", "sqlite")


@pytest.fixture
def ledger_url(ledger_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a ledger that does not exist yet."""
    if ledger_kind == "sqlite":
        return f"sqlite:///{tmp_path / LEDGER_FILE}"
    server: postgres.Server = request.getfixturevalue("postgresql")
    return server.database()


@pytest.fixture
def with_ledger(
    ledger_kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path], Path]:
    """Moves the ledger of a home to where the test wants it, and returns the home."""

    def move(root: Path) -> Path:
        if ledger_kind == "sqlite":
            return root
        source, target = Ledger.of_home(root), Ledger(url := request.getfixturevalue("ledger_url"))
        copy(source, target)
        source.close()
        target.close()
        for file in root.glob(f"{LEDGER_FILE}*"):
            file.unlink()
        monkeypatch.setenv("CHASING_LEDGER_URL", url)
        return root

    return move


@pytest.fixture
def sample_day() -> date:
    """The day that the sample home is made for."""
    return SAMPLE_DAY


@pytest.fixture
def sample_home(tmp_path: Path) -> Path:
    """A copy of the sample home in which nothing has been generated yet."""
    return Path(shutil.copytree(SAMPLE, tmp_path / "home", ignore=GENERATED))


@pytest.fixture(scope="session")
def _planned_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(shutil.copytree(SAMPLE, tmp_path_factory.mktemp("planned") / "home", ignore=GENERATED))
    chasing = Chasing(root, SAMPLE_DAY)
    plan_day(chasing)
    chasing.ledger.close()
    return root


@pytest.fixture
def planned_home(_planned_sample: Path, tmp_path: Path, with_ledger: Callable[[Path], Path]) -> Path:
    """A copy of the sample home whose day is planned, and nothing of it carried out."""
    return with_ledger(Path(shutil.copytree(_planned_sample, tmp_path / "home")))


@pytest.fixture(scope="session")
def plan() -> Callable[..., None]:
    """Plans a day (today by default) as the orchestrator would."""
    return plan_day


@pytest.fixture
def carried_out_once() -> Callable[[Path, date], None]:
    """Asserts that everything planned for a day was carried out, and nothing twice."""
    return check_carried_out_once
