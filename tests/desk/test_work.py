"""The to-do list at the desk: what is on it, writing down what came of an item, two people at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from chasing_pipeline.ledger import activities, todo_lists, todos
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.publication import publish_progress
from chasing_pipeline.resources.chasing import Chasing
from tests.conftest import SAMPLE_DAY
from tests.desk.serving import Somebody, served, text_of, users_of

TOMORROW = SAMPLE_DAY + timedelta(days=1)


def the_call(home: Path) -> dict[str, Any]:
    """The first call on the list."""
    return next(item for item in todos.listed(Ledger.of_home(home)) if item["kind"] == "phone_call")


def happened(home: Path, item: dict[str, Any], by: str = "Wim Worker") -> list[tuple[str, str, str]]:
    """(kind, actor, detail) of what people did about an item."""
    rows = activities.of_customer(Ledger.of_home(home), item["customer_number"])
    return [
        (r["kind"], r["actor"], r["detail"]) for r in rows if r["action_id"] == item["action_id"] and r["actor"] == by
    ]


def test_the_list_shows_calls_first_and_what_is_owed_now(reader: Somebody, worked_home: Path) -> None:
    item = the_call(worked_home)
    shown = text_of(reader.get("/todo"))
    assert item["title"] in shown
    assert "Mend the contact" not in shown
    assert "Mend the contact" in text_of(reader.get("/todo?kind=contacts"))


def test_mine_is_what_is_assigned_to_my_name_or_address(worker: Somebody, worked_home: Path) -> None:
    assert "Nothing to do on this list." in text_of(worker.get("/todo?whose=mine"))
    item = the_call(worked_home)
    worker.get(f"/todo/{item['number']}")
    worker.post(f"/todo/{item['number']}/assign", to="wim@example.com")
    assert item["title"] in text_of(worker.get("/todo?whose=mine"))
    assert item["title"] not in text_of(worker.get("/todo?whose=team"))
    assert happened(worked_home, item) == [("note", "Wim Worker", "assigned to wim@example.com")]


def test_a_call_is_written_down_with_the_users_name_and_the_next_item_follows(
    worker: Somebody, worked_home: Path
) -> None:
    item = the_call(worked_home)
    worker.get(f"/todo/{item['number']}")
    after = worker.post(f"/todo/{item['number']}", outcome="answered", note="Invoice was lost, sent again")
    assert f"/todo/{item['number']}" not in after.url
    assert "Saved spoke to them" in text_of(after)
    assert happened(worked_home, item) == [
        ("answered", "Wim Worker", "Spoke to them: Invoice was lost, sent again"),
        ("done", "Wim Worker", "Spoke to them: Invoice was lost, sent again"),
    ]
    assert item["title"] in text_of(worker.get("/todo?state=done"))


@pytest.mark.parametrize(("outcome", "kind"), [("voicemail", "voicemail"), ("no_answer", "no_answer")])
def test_who_was_not_reached_stays_on_the_list(worker: Somebody, worked_home: Path, outcome: str, kind: str) -> None:
    item = the_call(worked_home)
    worker.get("/todo")
    worker.post(f"/todo/{item['number']}", outcome=outcome)
    assert [found[0] for found in happened(worked_home, item)] == [kind]
    shown = text_of(worker.get("/todo"))
    assert item["title"] in shown
    assert f"{kind.replace('_', ' ')} {SAMPLE_DAY}, Wim Worker" in shown


@pytest.mark.parametrize(("outcome", "then", "is_open"), [("answered", "open", True), ("voicemail", "done", False)])
def test_whether_an_item_stays_can_be_said(
    worker: Somebody, worked_home: Path, outcome: str, then: str, is_open: bool
) -> None:
    item = the_call(worked_home)
    worker.get("/todo")
    worker.post(f"/todo/{item['number']}", outcome=outcome, then=then)
    found = todo_lists.one(Ledger.of_home(worked_home), item["number"])
    assert found
    assert (found["state"] == "open") == is_open


def test_a_wrong_number_puts_a_contact_to_mend_on_the_list(worker: Somebody, worked_home: Path) -> None:
    item = the_call(worked_home)
    worker.get("/todo")
    worker.post(f"/todo/{item['number']}", outcome="wrong_number", note="a bakery answered")
    shown = text_of(worker.get("/todo?kind=contacts"))
    assert f"Mend the contact of {item['customer_number']}: the number is wrong" in shown


@pytest.mark.parametrize("outcome", ["promise", "dispute"])
def test_a_promise_and_a_dispute_hold_the_customer_in_tomorrows_plan(
    worker: Somebody, worked_home: Path, plan: Callable[..., None], outcome: str
) -> None:
    item = the_call(worked_home)
    until = SAMPLE_DAY + timedelta(days=5)
    worker.get("/todo")
    worker.post(f"/todo/{item['number']}", outcome=outcome, until=until.isoformat(), note="by transfer")
    assert (outcome, "Wim Worker", f"until {until}: by transfer") in happened(worked_home, item)
    shown = text_of(worker.get(f"/customer?number={item['customer_number']}"))
    assert f"until {until}, recorded by Wim Worker" in shown
    chasing = Chasing(worked_home, TOMORROW)
    plan(chasing, TOMORROW)
    publish_progress(chasing.ledger, chasing.warehouse, TOMORROW)
    verdict = {"promise": "promise", "dispute": "disputed"}[outcome]
    with duckdb.connect() as connection:
        path = chasing.warehouse.path("step_decisions", TOMORROW)
        query = f"select distinct verdict from '{path}' where customer_number = ? and verdict <> 'done'"
        assert (verdict,) in connection.execute(query, [item["customer_number"]]).fetchall()
    with served(worked_home, TOMORROW) as address:
        page = Somebody(address, "Rea Reader").get(f"/customer?number={item['customer_number']}")
    assert f'class="badge {verdict}"' in page.text
    assert f"as of {TOMORROW:%a} {TOMORROW}" in text_of(page)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"outcome": "promise"}, "a promise needs the day"),
        ({"outcome": "promise", "until": "2026-03-01"}, "2026-03-01 lies before 2026-03-18"),
        ({"outcome": "promise", "until": "soon"}, "'soon' is no date"),
        ({"outcome": "nonsense"}, "choose how it went"),
        ({}, "choose how it went"),
        ({"outcome": "other", "note": "x" * 2001}, "at most 2000 characters"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_lost(
    worker: Somebody, worked_home: Path, fields: dict[str, str], why: str
) -> None:
    item = the_call(worked_home)
    worker.get("/todo")
    page = worker.post(f"/todo/{item['number']}", **{"note": "a long story", **fields})
    assert page.status_code == 400
    assert why in text_of(page)
    assert happened(worked_home, item) == []
    assert "a long story" in page.text or len(fields.get("note", "")) > 2000


def test_of_two_people_who_close_an_item_the_second_is_told_and_keeps_the_note(desk: str, worked_home: Path) -> None:
    item = the_call(worked_home)
    people = [Somebody(desk, "Wim Worker"), Somebody(desk, "Rex Releaser")]
    for somebody in people:
        somebody.get(f"/todo/{item['number']}")

    def close(somebody: Somebody) -> Any:
        return somebody.post(f"/todo/{item['number']}", outcome="answered", note="what I heard")

    with ThreadPoolExecutor(2) as pool:
        pages = list(pool.map(close, people))
    codes = sorted(page.status_code for page in pages)
    assert codes == [200, 409]
    [second] = [page for page in pages if page.status_code == 409]
    assert f"to-do number {item['number']} was done on {SAMPLE_DAY}" in text_of(second)
    assert "what I heard" in second.text
    done = [kind for name in ("Wim Worker", "Rex Releaser") for kind, *_ in happened(worked_home, item, name)]
    assert done == ["answered", "done"]


def test_what_hostile_names_and_notes_say_is_text_not_markup(worked_home: Path) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    users = users_of(worked_home)
    item = the_call(worked_home)
    with served(worked_home, SAMPLE_DAY) as address:
        worker = Somebody(address, "Wim Worker")
        worker.get("/todo")
        worker.post(f"/todo/{item['number']}/assign", to=evil[:200])
        worker.post(f"/todo/{item['number']}", outcome="voicemail", note=evil)
        worker.post("/customer", number=item["customer_number"], what="pause", until="2026-04-01", note=evil)
        for path in (
            "/todo?whose=all", f"/todo/{item['number']}", f"/customer?number={item['customer_number']}",
            f"/customers?search={evil}&least=0", f"/customer?number={evil}", f"/login?next=/{evil}",
        ):  # fmt: skip
            page = worker.get(path)
            assert "<script>alert" not in page.text
            assert "<img" not in page.text
        assert evil in text_of(worker.get(f"/todo/{item['number']}"))
    assert users.find("Wim Worker")


def test_what_was_recorded_is_in_the_published_log_soon(worker: Somebody, worked_home: Path) -> None:
    item = the_call(worked_home)
    worker.get("/todo")
    worker.post(f"/todo/{item['number']}", outcome="no_answer", note="rang for a minute")
    path = Chasing(worked_home).warehouse.path("activity_log", SAMPLE_DAY)
    found: list[Any] = []
    for _ in range(200):
        with duckdb.connect() as connection:
            found = connection.execute(f"select actor from '{path}' where kind = 'no_answer'").fetchall()
        if found:
            break
        worker.get("/health")
    assert found == [("Wim Worker",)]


def test_the_next_item_is_the_one_after_it_and_then_the_first(worked_home: Path) -> None:
    ledger = Ledger.of_home(worked_home)
    every = todo_lists.Selection()
    items, total = todo_lists.page(ledger, every, 50, 0)
    assert total == len(items) >= 3
    assert todo_lists.following(ledger, every, items[0]) == items[1]["number"]
    assert todo_lists.following(ledger, every, items[-1]) == items[0]["number"]
    assert todo_lists.following(ledger, todo_lists.Selection(assigned_to=("nobody",)), items[0]) is None


def test_a_live_desk_works_on_today(worked_home: Path) -> None:
    settings = worked_home / "chasing.yaml"
    settings.write_text(settings.read_text().replace("mode: sandbox", "mode: live"))
    with served(worked_home, None) as address:
        worker = Somebody(address, "Wim Worker")
        item = the_call(worked_home)
        worker.get("/todo")
        worker.post(f"/todo/{item['number']}", outcome="answered")
    found = todo_lists.one(Ledger.of_home(worked_home), item["number"])
    assert found
    assert found["closed_on"] >= date(2026, 3, 19)
