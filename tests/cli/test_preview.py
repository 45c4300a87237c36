"""``chasing preview`` shows what a recipient gets, before anything is sent, and sends nothing."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import CUSTOMERS, DAY, Command, write_extract


@pytest.fixture
def planned(chasing: Command, new_home: Path) -> Path:
    write_extract(new_home)
    assert chasing("run", "--home", new_home, "--date", DAY, "--no-dispatch").code == 0
    return new_home


def actions(chasing: Command, home: Path) -> dict[str, str]:
    """The ids of the day's actions that can be sent, by channel."""
    outcome = chasing("actions", "--home", home, "--date", DAY, "--format", "json")
    return {row["channel"]: row["action_id"] for row in json.loads(outcome.out) if row["status"] == "ready"}


def test_an_actions_message_is_what_is_then_sent(chasing: Command, planned: Path) -> None:
    found = actions(chasing, planned)["email"]
    outcome = chasing("preview", found[:8], "--home", planned, "--format", "text")
    assert outcome.code == 0
    assert "Subject: Reminder: £1,200.50 past due" in outcome.out
    assert "INV" not in outcome.err
    assert not (planned / "outbox").exists() or not list((planned / "outbox").rglob("*.eml"))
    shown = json.loads(chasing("preview", found, "--home", planned, "--format", "json").out)
    assert chasing("dispatch", "--home", planned, "--date", DAY).code == 0
    sent = {path.read_bytes() for path in (planned / "outbox").rglob("*.eml")}
    assert any(found.encode() in content for content in sent)
    assert json.loads(chasing("preview", found, "--home", planned, "--format", "json").out) == shown


def test_a_preview_is_written_beside_the_tables(chasing: Command, planned: Path) -> None:
    outcome = chasing("preview", "overdue", "--home", planned)
    assert outcome.code == 0
    folder = planned / "warehouse" / "preview"
    assert {path.name for path in folder.iterdir() if path.is_file()} == {"overdue.html", "overdue.txt", "overdue.eml"}
    assert str(folder / "overdue.html") in outcome.err


def test_what_was_settled_without_a_message_is_shown_so_afterwards(chasing: Command, planned: Path) -> None:
    listed = json.loads(chasing("actions", "--home", planned, "--date", DAY, "--format", "json").out)
    (unreachable, *_) = [row for row in listed if row["status"] == "unreachable"]
    assert chasing("dispatch", "--home", planned, "--date", DAY).code == 0
    assert chasing("preview", "--all", "--home", planned, "--date", DAY).code == 0
    page = (planned / "warehouse" / "preview" / str(DAY) / "index.html").read_text(encoding="utf-8")
    assert page.count("Nothing can be sent") == len([row for row in listed if row["status"] == "unreachable"])
    outcome = chasing("preview", unreachable["action_id"], "--home", planned, "--date", DAY)
    assert outcome.code == 1
    assert unreachable["reason"] in " ".join(outcome.err.split())


@pytest.mark.parametrize("channel", ["email", "sms", "auto_call", "letter", "phone_call"])
@pytest.mark.parametrize("language", ["en", "fr", "de", "es"])
def test_a_template_is_shown_with_sample_data(chasing: Command, new_home: Path, channel: str, language: str) -> None:
    arguments = ("--channel", channel, "--language", language, "--home", new_home, "--format", "text")
    outcome = chasing("preview", "final-notice", *arguments)
    assert outcome.code == 0
    assert outcome.out.strip()


def test_a_letter_goes_to_standard_output_as_pdf(chasing: Command, new_home: Path) -> None:
    outcome = chasing("preview", "open-item", "--channel", "letter", "--home", new_home, "--format", "json")
    assert json.loads(outcome.out)["kind"] == "Letter"
    assert chasing("preview", "open-item", "--home", new_home, "--format", "pdf").code == 1  # an e-mail has none


def test_every_message_of_a_day_is_on_one_page_that_loads_nothing(chasing: Command, planned: Path) -> None:
    outcome = chasing("preview", "--all", "--home", planned)
    assert outcome.code == 0
    page = (planned / "warehouse" / "preview" / DAY / "index.html").read_text(encoding="utf-8")
    for found in actions(chasing, planned).values():
        assert f'<article id="{found}">' in page
    assert "<script" not in page
    assert 'src="http' not in page


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("nothing",), 1, "no action of 2026-03-18 with an id that begins with 'nothing'"),
        ((), 2, "name an action or a template, or say --all"),
        (("overdue", "--all"), 2, "name an action or a template, or say --all"),
    ],
)
def test_what_cannot_be_shown_is_said(
    chasing: Command, planned: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    outcome = chasing("preview", *arguments, "--home", planned)
    assert outcome.code == code
    assert message in " ".join(outcome.err.replace("│", " ").split())


def test_check_says_which_languages_fall_back_and_that_links_are_not_secret(chasing: Command, new_home: Path) -> None:
    write_extract(new_home, customers=[*CUSTOMERS, "C9,Ditta Nove,via Alta 1,IT,it"])
    outcome = chasing("check", "--home", new_home)
    assert outcome.code == 0
    assert "templates/overdue: not in it for email; its readers get en" in outcome.err
    assert "CHASING_LINK_SECRET is not set: pay links are signed with a key that everybody knows" in outcome.err
