"""The page about sending: the switch, and the stops of the day."""

from pathlib import Path

from chasing_pipeline.ledger.guards import stopped
from chasing_pipeline.ledger.releases import released
from chasing_pipeline.ledger.store import Ledger
from tests.conftest import SAMPLE_DAY
from tests.desk.serving import Somebody, text_of


def test_the_switch_stops_all_sending_in_the_users_name(releaser: Somebody, worked_home: Path) -> None:
    releaser.get("/releases")
    assert "Nothing is sent any more." in text_of(releaser.post("/releases/switch", turn="stop", reason="wrong prices"))
    found = stopped(Ledger.of_home(worked_home))
    assert found
    assert (found.by, found.reason) == ("Rex Releaser", "wrong prices")
    assert "Sending goes on." in text_of(releaser.post("/releases/switch", turn="resume"))
    assert stopped(Ledger.of_home(worked_home)) is None


def test_stopping_needs_a_reason(releaser: Somebody, worked_home: Path) -> None:
    releaser.get("/releases")
    assert releaser.post("/releases/switch", turn="stop").status_code == 400
    assert stopped(Ledger.of_home(worked_home)) is None


def test_too_much_quarantine_is_shown_and_released_for_the_day(releaser: Somebody, worked_home: Path) -> None:
    with (worked_home / "extracts" / SAMPLE_DAY.isoformat() / "customers.csv").open("a") as extract:
        extract.write(",nobody\n" * 20)
    assert "Too many rows of the extract can't be used" in text_of(releaser.get("/releases"))
    page = releaser.post("/releases", stop="quarantine")
    assert "Released for today" in text_of(page)
    assert released(Ledger.of_home(worked_home), SAMPLE_DAY) == {"quarantine"}


def test_what_cannot_be_released_is_not(releaser: Somebody, worked_home: Path) -> None:
    releaser.get("/releases")
    for stop in ("stale_extract", "stopped", "nonsense"):
        assert releaser.post("/releases", stop=stop).status_code == 400
    assert released(Ledger.of_home(worked_home), SAMPLE_DAY) == set()


def test_a_home_whose_day_was_not_planned_says_so(releaser: Somebody, worked_home: Path) -> None:
    for file in (worked_home / "warehouse" / "chasing_progress").iterdir():
        file.unlink()
    assert "No day has been planned yet." in text_of(releaser.get("/customers"))
    assert "Today has not been planned." in text_of(releaser.get("/releases"))
    assert releaser.get("/todo/1").status_code == 200
