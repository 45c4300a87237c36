"""The desk in a real browser: ten calls from the keyboard, without JavaScript, for everybody's eyes."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chasing_pipeline.ledger import activities, todo_lists
from chasing_pipeline.ledger.store import Ledger
from tests.browser.conftest import CALLS, Visitor
from tests.conftest import SAMPLE_DAY

LOOKING = Path(__file__).with_name("looking.js").read_text(encoding="utf-8")
PAGES = ("/todo?whose=all", "/todo?whose=all&kind=any&state=done", "/todo/1", "/customers", "/customers?search=zzz",
         "/customer?number=C1009", "/customer?number=C1026", "/releases", "/nothing", "/todo/999")  # fmt: skip
SLOWEST_SECONDS = 10


def first_call(page: Page) -> None:
    """Open the first of everybody's calls, with keys only."""
    page.goto("/todo?whose=all")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/todo/\d+"))


def test_ten_calls_are_worked_from_the_keyboard_in_seconds_each(visitor: Visitor, desk_home: Path) -> None:
    page = visitor().pages[0]
    first_call(page)
    times = []
    for number in range(CALLS):
        started, before = time.monotonic(), page.url
        if number == 3:
            page.keyboard.press("p")
            expect(page.get_by_label("Until")).to_be_focused()
            page.keyboard.type("03252026")
            while page.evaluate("document.activeElement.id") != "note":  # past the parts of the day
                page.keyboard.press("Tab")
        else:
            page.keyboard.press("s")
        expect(page.get_by_label("Note")).to_be_focused()
        page.keyboard.type(f"Spoke about number {number}, nothing special")
        page.keyboard.press("Control+Enter")
        page.wait_for_url(lambda url, before=before: url != before)
        expect(page.get_by_role("status")).to_contain_text("Saved")
        times.append(time.monotonic() - started)
    assert max(times) < SLOWEST_SECONDS
    ledger = Ledger.of_home(desk_home)
    _, done = todo_lists.page(ledger, todo_lists.Selection(is_open=False), 1, 0)
    assert done == CALLS
    rows = activities.of_days(ledger, [SAMPLE_DAY])
    assert [row["kind"] for row in rows if row["actor"] == "Rex Releaser"].count("done") == CALLS
    assert [row["detail"] for row in rows if row["kind"] == "promise"] == [
        "until 2026-03-25: Spoke about number 3, nothing special"
    ]


def test_everything_that_was_recorded_can_be_done_without_javascript(visitor: Visitor, desk_home: Path) -> None:
    page = visitor(java_script_enabled=False).pages[0]
    page.goto("/todo?whose=all")
    page.locator(".row").first.click()
    expect(page.get_by_text("Ctrl ↵")).to_be_hidden()
    page.get_by_label("Promised to pay").check()
    page.get_by_label("Until").fill("2026-03-25")
    page.get_by_label("Note").fill("by card")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Saved promised to pay")
    page.goto("/customer?number=C1005")
    page.get_by_label("What", exact=True).select_option("pause")
    page.get_by_label("Until").fill("2026-04-01")
    page.get_by_label("Note").fill("flooded")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_role("status")).to_contain_text("Paused through 2026-04-01")
    assert "flooded (Rex Releaser)" in (desk_home / "holds.csv").read_text()


def test_an_opt_out_is_taken_back_without_javascript(visitor: Visitor, desk_home: Path) -> None:
    page = visitor(java_script_enabled=False, viewport={"width": 360, "height": 800}).pages[0]
    page.goto("/customer?number=C1009")
    page.get_by_label("What", exact=True).select_option("opt_out")
    page.get_by_label("Which address").select_option("email greta.birdwhistle@c1009.example")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("no e-mail to greta.birdwhistle@c1009.example, since")).to_be_visible()
    page.get_by_text("Take it back: no e-mail").click()
    assert page.evaluate(LOOKING) == []
    page.get_by_label("Who wants it again").fill("Greta, by phone")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status")).to_contain_text("may be reached by that channel again")
    [said] = [r["detail"] for r in activities.of_days(Ledger.of_home(desk_home), [SAMPLE_DAY]) if r["kind"] == "note"]
    assert said == "greta.birdwhistle@c1009.example may be reached by email again: Greta, by phone"


def test_a_promise_without_its_day_is_not_sent_and_the_day_is_asked_for(visitor: Visitor) -> None:
    page = visitor().pages[0]
    first_call(page)
    expect(page.get_by_label("Until")).to_be_hidden()
    page.keyboard.press("p")
    before = page.url
    page.keyboard.press("Control+Enter")
    assert page.url == before
    expect(page.get_by_label("Until")).to_be_visible()


def test_shortcuts_do_nothing_while_somebody_writes_and_can_be_turned_off(visitor: Visitor) -> None:
    page = visitor().pages[0]
    first_call(page)
    page.get_by_label("Note").fill("")
    page.keyboard.type("svn/x")
    expect(page.get_by_label("Note")).to_have_value("svn/x")
    expect(page.get_by_label("Spoke to them")).not_to_be_checked()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_label("Shortcuts are on").uncheck()
    page.reload()
    page.keyboard.press("s")
    expect(page.get_by_label("Spoke to them")).not_to_be_checked()


def test_the_first_key_reaches_a_link_past_the_menu(visitor: Visitor) -> None:
    page = visitor().pages[0]
    page.goto("/customers")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_can_be_read_and_used_by_everybody(visitor: Visitor, scheme: str, width: int) -> None:
    context = visitor(color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.pages[0]
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    wrong = {}
    for path in PAGES:
        page.goto(path)
        if found := page.evaluate(LOOKING):
            wrong[path] = found
    assert wrong == {}
    assert [text for text in said if "404" not in text] == []


def test_the_looking_finds_what_is_wrong(visitor: Visitor) -> None:
    page = visitor().pages[0]
    page.goto("/releases")
    page.evaluate("""() => {
        const main = document.querySelector("main");
        const add = (name, values) => main.append(Object.assign(document.createElement(name), values));
        add("p", { textContent: "grey" });
        main.lastChild.style.color = "#aaa";
        add("input", {});
        add("h4", { textContent: "too deep" });
        add("button", {});
        add("p", { id: "main" });
    }""")
    found = "\n".join(page.evaluate(LOOKING))
    for what in ("contrast", "no label", "a level of headings", "no name", "the id main is there twice"):
        assert what in found
