"""The customer list and a customer's page: what they show, filters, and everything that can be recorded there."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chasing_pipeline.desk import holds_file
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.clock import Clock
from chasing_pipeline.ledger import activities
from chasing_pipeline.ledger.guards import OptOut, record_opt_out
from chasing_pipeline.ledger.progress import progress_before
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.home import ChasingHome, Hold
from tests.conftest import SAMPLE_DAY
from tests.desk.serving import Somebody, text_of

TOMORROW = SAMPLE_DAY + timedelta(days=1)


def shown_customers(page: str) -> list[str]:
    """The numbers of the customers in the list."""
    return [part.split('"')[0] for part in page.split('href="/customer?number=')[1:]]


def recorded(home: Path, number: str) -> list[tuple[str, str | None]]:
    """(kind, detail) of what Wim Worker recorded."""
    rows = activities.of_customer(Ledger.of_home(home), number)
    return [(row["kind"], row["detail"]) for row in rows if row["actor"] == "Wim Worker"]


def test_the_list_is_sorted_by_age_and_counts_all_states(reader: Somebody) -> None:
    page = reader.get("/customers")
    assert shown_customers(page.text)[0] == "C1041"
    assert "paused 1 210 GBP" in text_of(page)
    assert "Page 1 of 2" in text_of(page)
    assert len(shown_customers(reader.get("/customers?page=2").text)) > 0


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("search=heron", lambda rows: set(rows) == {"C1034", "C1003"}),
        ("search=HÉRON+BLEU", lambda rows: rows == ["C1003"]),
        ("search=c1009", lambda rows: rows == ["C1009"]),
        ("state=paused", lambda rows: rows == ["C1010"]),
        ("cadence=-", lambda rows: rows == ["C1023"]),
        ("currency=CAD", lambda rows: set(rows) == {"C1013", "C1038", "C1051"}),
        ("bucket=61-90", lambda rows: rows == ["C1041", "C1011", "C1040"]),
        ("least=20,000", lambda rows: 0 < len(rows) < 10),
        ("state=paused&currency=USD", lambda rows: rows == []),
        ("search=%25", lambda rows: rows == []),
        ("page=999999999", lambda rows: rows == []),
    ],
)  # fmt: skip
def test_the_list_can_be_narrowed(reader: Somebody, query: str, holds: Callable[[list[str]], bool]) -> None:
    assert holds(shown_customers(reader.get(f"/customers?{query}").text))


def test_the_search_at_the_top_opens_the_only_customer_that_it_finds(reader: Somebody) -> None:
    assert "Blue Pelican Marine Supply LLC" in text_of(reader.get("/customers?search=C1009&go=1"))
    assert "/customer?number=C1009" in reader.get("/customers?search=C1009&go=1").url


def test_an_amount_that_is_none_is_refused(reader: Somebody) -> None:
    for text in ("much", "NaN", "1e999"):
        assert reader.get(f"/customers?least={text}").status_code == 400


def test_the_page_shows_balance_ladder_contacts_holds_and_history(reader: Somebody) -> None:
    shown = text_of(reader.get("/customer?number=C1026"))
    for text in ("2,100.00 EUR", "1,480.00", "net30-standard", "INV-1026-04", "Didier Fontclaire",
                 "dispute of INV-1026-04", "enrolled", "escalation", "Next: "):  # fmt: skip
        assert text in shown


def test_a_customer_that_nobody_knows_is_not_there(reader: Somebody) -> None:
    assert reader.get("/customer?number=C9999").status_code == 404
    assert reader.get("/customer").status_code == 404


def test_a_promise_is_recorded_counts_from_tomorrow_and_can_be_taken_back(worker: Somebody, worked_home: Path) -> None:
    worker.get("/customer?number=C1005")
    page = worker.post("/customer", number="C1005", what="promise", until="2026-03-25", currency="GBP", note="by card")
    assert "The promise holds the customer through 2026-03-25." in text_of(page)
    ledger = Ledger.of_home(worked_home)
    assert [hold[:3] for hold in progress_before(ledger, TOMORROW).holds] == [("C1005", "", "promise")]
    page = worker.post("/customer", number="C1005", what="end", hold="recorded:0", about="promise GBP 2026-03-18")
    assert "The promise is over." in text_of(page)
    assert progress_before(ledger, TOMORROW).holds == []
    assert progress_before(ledger, SAMPLE_DAY, holds_until=SAMPLE_DAY).holds == []
    assert recorded(worked_home, "C1005") == [
        ("promise", "until 2026-03-25: by card"), ("promise", "the promise is over")
    ]  # fmt: skip


def test_a_dispute_of_everything_holds_until_somebody_closes_it(worker: Somebody, worked_home: Path) -> None:
    worker.get("/customer?number=C1005")
    worker.post("/customer", number="C1005", what="dispute", note="wrong goods")
    ledger = Ledger.of_home(worked_home)
    [hold] = progress_before(ledger, TOMORROW).holds
    assert (hold[0], hold[2], hold[4]) == ("C1005", "dispute", None)
    worker.post("/customer", number="C1005", what="end", hold="recorded:0", about="dispute None 2026-03-18")
    assert progress_before(ledger, TOMORROW).holds == []


@pytest.mark.parametrize(
    ("fields", "kind", "invoice", "until"),
    [
        ({"what": "pause", "until": "2026-04-01", "note": "flooded,\n\"again\""}, "pause", None, "2026-04-01"),
        ({"what": "do_not_chase", "note": "solicitors"}, "do_not_chase", None, None),
        ({"what": "dispute", "invoice": "INV-1005-04", "note": "broken"}, "dispute", "INV-1005-04", None),
    ],
)  # fmt: skip
def test_a_hold_is_a_row_of_the_homes_file_and_a_note(
    worker: Somebody, worked_home: Path, fields: dict[str, str], kind: str, invoice: str | None, until: str | None
) -> None:
    before = (worked_home / "holds.csv").read_bytes()
    worker.get("/customer?number=C1005")
    assert worker.post("/customer", number="C1005", **fields).status_code == 200
    assert (worked_home / "holds.csv").read_bytes().startswith(before)
    hold = ChasingHome(worked_home).holds[-1]
    assert (hold.customer_number, hold.kind, hold.invoice_number, hold.from_) == ("C1005", kind, invoice, SAMPLE_DAY)
    assert (hold.until.isoformat() if hold.until else None) == until
    assert hold.note.endswith("(Wim Worker)")
    [(recorded_kind, detail)] = recorded(worked_home, "C1005")
    assert recorded_kind == "note"
    assert detail
    assert detail.startswith(kind)


def test_a_hold_of_the_file_is_ended_by_the_desk(worker: Somebody, worked_home: Path) -> None:
    worker.get("/customer?number=C1010")
    page = worker.post("/customer", number="C1010", what="end", hold="file:0", about="pause None 2026-03-10")
    assert "The pause is over." in text_of(page)
    [hold] = [hold for hold in ChasingHome(worked_home).holds if hold.customer_number == "C1010"]
    assert hold.until == SAMPLE_DAY - timedelta(days=1)
    assert recorded(worked_home, "C1010") == [("note", "ended: pause")]


def test_a_hold_that_somebody_ended_meanwhile_is_not_ended_twice(worker: Somebody) -> None:
    worker.get("/customer?number=C1010")
    for code in (200, 400):
        page = worker.post("/customer", number="C1010", what="end", hold="file:0", about="pause None 2026-03-10")
        assert page.status_code == code


def test_an_opt_out_is_kept_as_the_extract_and_as_providers_write_it(worker: Somebody, worked_home: Path) -> None:
    worker.get("/customer?number=C1009")
    page = worker.post("/customer", number="C1009", what="opt_out", address="email greta.birdwhistle@c1009.example")
    assert "gets nothing more by that channel" in text_of(page)
    worker.post("/customer", number="C1009", what="opt_out", address="auto_call +12065550158")
    found = progress_before(Ledger.of_home(worked_home), SAMPLE_DAY + timedelta(days=300)).opt_outs
    assert found == [("call", "+12065550158"), ("email", "greta.birdwhistle@c1009.example")]
    assert [kind for kind, _ in recorded(worked_home, "C1009")] == ["opted_out", "opted_out"]


def test_an_opt_out_is_taken_back_with_a_name_and_a_reason(worker: Somebody, worked_home: Path) -> None:
    worker.get("/customer?number=C1009")
    address = "email greta.birdwhistle@c1009.example"
    worker.post("/customer", number="C1009", what="opt_out", address=address)
    assert "no e-mail to greta.birdwhistle@c1009.example, since" in text_of(worker.get("/customer?number=C1009"))
    refused = worker.post("/customer", number="C1009", what="opt_in", address=address)
    assert refused.status_code == 400
    assert "say who wants it again" in text_of(refused)
    page = worker.post("/customer", number="C1009", what="opt_in", address=address, note="Greta, by phone")
    assert "may be reached by that channel again." in text_of(page)
    assert "Take it back" not in text_of(page)
    ledger = Ledger.of_home(worked_home)
    assert progress_before(ledger, TOMORROW).opt_outs == []
    assert recorded(worked_home, "C1009")[-1] == (
        "note", "greta.birdwhistle@c1009.example may be reached by email again: Greta, by phone"
    )  # fmt: skip
    again = worker.post("/customer", number="C1009", what="opt_in", address=address, note="Greta, by phone")
    assert again.status_code == 400
    worker.post("/customer", number="C1009", what="opt_out", address=address)
    assert progress_before(ledger, TOMORROW).opt_outs == [("email", "greta.birdwhistle@c1009.example")]


def test_what_the_provider_reported_is_not_taken_back(worker: Somebody, worked_home: Path) -> None:
    number, address = "+12065550158", "sms +12065550158"
    worker.get("/customer?number=C1009")
    worker.post("/customer", number="C1009", what="opt_out", address=address)
    ledger = Ledger.of_home(worked_home)
    reported = OptOut(Channel.SMS, number, number, "21610: the recipient replied STOP", Clock(ZoneInfo("UTC")).now())
    ledger.write(lambda connection: record_opt_out(connection, reported))
    page = worker.get("/customer?number=C1009")
    assert "21610: the recipient replied STOP" in text_of(page)
    assert "nobody can take it back here" in text_of(page)
    assert "Take it back" not in text_of(page)
    refused = worker.post("/customer", number="C1009", what="opt_in", address=address, note="Greta, by phone")
    assert refused.status_code == 400
    assert "would refuse to send" in text_of(refused)
    assert progress_before(ledger, date(2100, 1, 1)).opt_outs == [("sms", number)]


@pytest.mark.parametrize(
    "fields",
    [
        {"what": "promise"}, {"what": "pause"}, {"what": "note"}, {"what": "opt_out", "address": "email x@example.com"},
        {"what": "promise", "until": "2026-03-17"}, {"what": "pause", "until": "31.12.2026"}, {"what": "nonsense"},
        {"what": "opt_in", "address": "email x@example.com", "note": "x"}, {"what": "opt_in", "note": "x"},
        {"what": "end", "hold": "file:7", "about": "x"}, {"what": "end", "hold": "nonsense"},
    ],
)  # fmt: skip
def test_what_lacks_something_is_refused(worker: Somebody, worked_home: Path, fields: dict[str, str]) -> None:
    before = (worked_home / "holds.csv").read_bytes()
    worker.get("/customer?number=C1005")
    page = worker.post("/customer", number="C1005", **fields)
    assert page.status_code == 400
    assert "Not saved" in text_of(page)
    assert recorded(worked_home, "C1005") == []
    assert (worked_home / "holds.csv").read_bytes() == before


def test_a_broken_holds_file_is_told_and_never_written_over(worker: Somebody, worked_home: Path) -> None:
    broken = (worked_home / "holds.csv").read_text() + "C1,,nonsense,,,\n"
    (worked_home / "holds.csv").write_text(broken)
    assert "'nonsense' is not one of" in text_of(worker.get("/customer?number=C1005"))
    page = worker.post("/customer", number="C1005", what="pause", until="2026-04-01", note="x")
    assert page.status_code == 400
    assert (worked_home / "holds.csv").read_text() == broken


def test_planning_afresh_counts_what_was_just_recorded(worker: Somebody) -> None:
    worker.get("/customer?number=C1005")
    worker.post("/customer", number="C1005", what="promise", until="2026-03-25")
    assert "promise" in text_of(worker.get("/customer/explain?number=C1005")).lower()


def test_a_hold_has_a_row_whatever_the_customer_is_called(worked_home: Path) -> None:
    hold = Hold("=1+1", None, "pause", SAMPLE_DAY, None, 'a "quoted", note')
    holds_file.add(worked_home, hold)
    assert ChasingHome(worked_home).holds[-1] == hold
