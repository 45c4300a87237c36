"""Approvals in a real browser: from the keyboard, without JavaScript, and an e-mail that can do nothing."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from chasing_pipeline.domain.action import Action
from chasing_pipeline.ledger import activities
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.resources.chasing import Chasing
from tests.browser.conftest import Visitor
from tests.browser.test_desk_in_a_browser import LOOKING
from tests.conftest import SAMPLE_DAY
from tests.desk.conftest import _asking_sample, asking_home  # noqa: F401


@pytest.fixture
def desk_home(asking_home: Path) -> Path:  # noqa: F811
    """A home whose actions are held."""
    return asking_home


def held(home: Path) -> list[Action]:
    """What is held now, the largest balance first."""
    chasing = Chasing(home, SAMPLE_DAY)
    waiting = chasing.approvals().waiting(*chasing.planned_actions(SAMPLE_DAY))
    return sorted(waiting, key=lambda action: -action.balance)


def releasers(home: Path) -> list[str]:
    """Who released each action that was."""
    rows = activities.of_days(Ledger.of_home(home), [SAMPLE_DAY])
    return [row["actor"] for row in rows if row["detail"] == "released for sending"]


def faults_of(context: BrowserContext, paths: list[str]) -> dict[str, list[str]]:
    """What is wrong with these pages for somebody's eyes or hands, or by the browser's own word."""
    page = context.pages[0]
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    found = {}
    for path in paths:
        page.goto(path)
        found[path] = page.evaluate(LOOKING)
    return {path: wrong for path, wrong in {**found, "console": said}.items() if wrong}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_what_waits_can_be_read_and_used_by_everybody(
    visitor: Visitor, desk_home: Path, scheme: str, width: int
) -> None:
    one_of_each = {action.channel: action for action in held(desk_home)}.values()
    paths = [f"/approvals/{action.action_id}" for action in one_of_each]
    paths += ["/approvals", "/approvals?channel=nonsense", f"/customer?number={held(desk_home)[0].customer_number}"]
    context = visitor(color_scheme=scheme, viewport={"width": width, "height": 800})
    assert faults_of(context, paths) == {}


def test_one_after_the_other_is_looked_at_and_released_from_the_keyboard(visitor: Visitor, desk_home: Path) -> None:
    count = len(held(desk_home))
    page = visitor().pages[0]
    page.goto("/approvals")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/approvals/*")
    first = page.url
    page.keyboard.press("x")
    page.wait_for_url(lambda url: "/approvals/" in url and url != first)
    for _ in range(2):
        before = page.url
        _tab_to(page, "Release it, in my name")
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url, before=before: url != before)
        expect(page.get_by_role("status")).to_contain_text("Released: ")
    assert len(held(desk_home)) == count - 2
    assert releasers(desk_home) == ["Rex Releaser"] * 2
    expect(page.get_by_role("link", name="Approvals").first).to_contain_text(str(count - 2))


def test_enter_in_a_box_releases_nothing_and_one_box_chooses_all(visitor: Visitor, desk_home: Path) -> None:
    count = len(held(desk_home))
    page = visitor().pages[0]
    page.goto("/approvals?channel=letter")
    boxes = page.locator("tbody input[type=checkbox]")
    boxes.first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(boxes.first).to_be_checked()
    assert len(held(desk_home)) == count
    page.get_by_label("Choose all on this page").check()
    number = boxes.count()
    page.get_by_role("button", name="Release the chosen").click()
    expect(page.get_by_role("status")).to_contain_text(f"Released: {number} actions.")
    assert len(held(desk_home)) == count - number


def test_everything_can_be_released_without_javascript(visitor: Visitor, desk_home: Path) -> None:
    count = len(held(desk_home))
    page = visitor(java_script_enabled=False).pages[0]
    page.goto("/approvals")
    expect(page.get_by_label("Choose all on this page")).to_be_hidden()
    expect(page.get_by_role("button", name=f"Release all {count}")).to_be_hidden()
    page.locator("tbody input[type=checkbox]").first.check()
    page.get_by_role("button", name="Release the chosen").click()
    expect(page.get_by_role("status")).to_contain_text("Released: ")
    page.get_by_text(f"Release all {count - 1} shown").click()
    page.get_by_role("button", name=f"Release all {count - 1}").click()
    expect(page.get_by_role("status")).to_contain_text(f"Released: {count - 1} actions.")
    assert held(desk_home) == []


def test_a_script_in_an_email_does_not_run_and_its_links_lead_nowhere(visitor: Visitor, desk_home: Path) -> None:
    action = next(action for action in held(desk_home) if action.channel == "email" and action.language == "en")
    folder = desk_home / "templates" / str(action.template)
    (folder / "body.html").write_text(
        "<script>document.body.textContent = 'ran'</script><img src=x onerror=\"document.body.textContent = 'ran'\">"
        '<p>styled and whole</p><p><a href="/todo" target="_top">away</a></p>'
    )
    page = visitor().pages[0]
    page.goto(f"/approvals/{action.action_id}")
    mail = page.frame_locator("iframe")
    expect(mail.get_by_text("styled and whole")).to_be_visible()
    assert page.frames[1].evaluate("window.origin") == "null"
    mail.get_by_text("away").click()
    page.wait_for_timeout(500)
    assert page.url.endswith(action.action_id)
    expect(page.frame_locator("iframe").get_by_text("ran", exact=True)).to_have_count(0)


def _tab_to(page: Page, name: str) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").strip() == name:
            return
    raise AssertionError(f"the keyboard does not reach {name}")
