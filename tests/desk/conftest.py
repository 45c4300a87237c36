"""A home whose day was planned and carried out, its desk, and one user of each role."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from chasing_pipeline.desk import users
from chasing_pipeline.planning.publication import publish_activities, publish_progress
from chasing_pipeline.resources.chasing import Chasing
from tests.conftest import GENERATED, SAMPLE, SAMPLE_DAY, plan_day
from tests.desk.serving import Somebody, served, users_of


@pytest.fixture(scope="session")
def _worked_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _worked(tmp_path_factory.mktemp("desk") / "home")


@pytest.fixture(scope="session")
def _asking_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _worked(tmp_path_factory.mktemp("asking") / "home", approve="always")


def _worked(root: Path, approve: str = "never") -> Path:
    """The sample home, its day planned and carried out; ``approve`` is what its cadences ask for."""
    shutil.copytree(SAMPLE, root, ignore=GENERATED)
    for path in (root / "cadences").iterdir():
        path.write_text(path.read_text() + f"\napprove: {approve}\n")
    chasing = Chasing(root, SAMPLE_DAY)
    plan_day(chasing)
    chasing.dispatcher().run(SAMPLE_DAY, *chasing.planned_actions(SAMPLE_DAY))
    publish_activities(chasing.ledger, chasing.warehouse, [SAMPLE_DAY])
    publish_progress(chasing.ledger, chasing.warehouse, SAMPLE_DAY)
    chasing.ledger.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "_HASHER", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        users_of(root)
    return root


@pytest.fixture
def worked_home(_worked_sample: Path, tmp_path: Path, with_ledger: Callable[[Path], Path]) -> Path:
    """A copy of the sample home whose day was planned and carried out: there are calls to make."""
    return with_ledger(Path(shutil.copytree(_worked_sample, tmp_path / "home")))


@pytest.fixture
def asking_home(_asking_sample: Path, tmp_path: Path, with_ledger: Callable[[Path], Path]) -> Path:
    """A copy of the sample home whose cadences ask for approval: all actions of its day that could go out are held."""
    return with_ledger(Path(shutil.copytree(_asking_sample, tmp_path / "home")))


@pytest.fixture
def desk(worked_home: Path) -> Iterator[str]:
    """The address of that home's desk."""
    with served(worked_home, SAMPLE_DAY) as address:
        yield address


@pytest.fixture
def reader(desk: str) -> Somebody:
    """Somebody who may only read."""
    return Somebody(desk, "Rea Reader")


@pytest.fixture
def worker(desk: str) -> Somebody:
    """Somebody who makes calls."""
    return Somebody(desk, "Wim Worker")


@pytest.fixture
def releaser(desk: str) -> Somebody:
    """Somebody who may release stops."""
    return Somebody(desk, "Rex Releaser")
