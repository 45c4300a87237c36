"""``holds.csv`` is changed beside people who edit it: what is not touched stays as it is."""

import multiprocessing
from datetime import date
from pathlib import Path

import pytest

from chasing_pipeline.desk import holds_file
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.planning.home import ChasingHome, Hold

DAY = date(2026, 3, 18)
PAUSE = Hold("C1", None, "pause", DAY, date(2026, 4, 1), "flooded")


def written(root: Path, content: str | bytes) -> Path:
    (root / "holds.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    return root / "holds.csv"


def test_a_home_without_the_file_gets_one(tmp_path: Path) -> None:
    holds_file.add(tmp_path, PAUSE)
    assert (tmp_path / "holds.csv").read_text() == (
        "customer_number,invoice_number,kind,from,until,note\nC1,,pause,2026-03-18,2026-04-01,flooded\n"
    )


@pytest.mark.parametrize(
    "content",
    [
        "customer_number,invoice_number,kind,from,until,note\n",
        'customer_number,invoice_number,kind,from,until,note\r\nC9,,pause,,,"a ""b"""\r\n',
        "\ufeffcustomer_number,invoice_number,kind,from,until,note\nC9,,pause,,,\n\n",
        'note,until,from,kind,invoice_number,customer_number\n"two\nlines",,,pause,,C9\n',
        "customer_number,invoice_number,kind,from,until,note\nC9,,pause",
    ],
)
def test_what_stood_there_stays_to_the_byte(tmp_path: Path, content: str) -> None:
    path = written(tmp_path, content)
    holds_file.add(tmp_path, PAUSE)
    assert path.read_bytes().startswith(content.encode())
    assert ChasingHome(tmp_path).holds[-1] == PAUSE
    holds_file.end(tmp_path, PAUSE, date(2026, 3, 20))
    assert path.read_bytes().startswith(content.encode())
    assert ChasingHome(tmp_path).holds[-1].until == date(2026, 3, 20)


def test_columns_that_are_missing_are_added(tmp_path: Path) -> None:
    written(tmp_path, "kind,customer_number\r\npause,C9\r\n")
    holds_file.add(tmp_path, PAUSE)
    assert [hold.customer_number for hold in ChasingHome(tmp_path).holds] == ["C9", "C1"]
    assert ChasingHome(tmp_path).holds[1] == PAUSE


def test_a_hold_that_would_never_have_held_is_taken_out(tmp_path: Path) -> None:
    path = written(tmp_path, "customer_number,invoice_number,kind,from,until,note\nC9,,pause,,,\n")
    before = path.read_bytes()
    holds_file.add(tmp_path, PAUSE)
    holds_file.end(tmp_path, PAUSE, date(2026, 3, 17))
    assert path.read_bytes() == before


def test_a_hold_that_is_gone_cannot_be_ended(tmp_path: Path) -> None:
    holds_file.add(tmp_path, PAUSE)
    with pytest.raises(ChasingError, match=r"does not stand in holds\.csv any more"):
        holds_file.end(tmp_path, Hold("C1", None, "pause", DAY, None, "flooded"), DAY)


def test_the_files_mode_stays(tmp_path: Path) -> None:
    path = written(tmp_path, "customer_number,kind\n")
    path.chmod(0o640)
    holds_file.add(tmp_path, PAUSE)
    assert path.stat().st_mode & 0o777 == 0o640


def _add_ten(root: Path, number: int) -> None:
    for at in range(10):
        holds_file.add(root, Hold(f"C{number}-{at}", None, "pause", DAY, None, ""))


def test_nothing_is_lost_when_several_processes_add(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_add_ten, args=(tmp_path, number)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert len({hold.customer_number for hold in ChasingHome(tmp_path).holds}) == 30
