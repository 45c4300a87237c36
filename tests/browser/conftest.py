"""A real browser on the desk of a home with ten calls to make. Skipped where there is no Chromium, but not in CI."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from chasing_pipeline.ledger import todos
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.ledger.todos import NewTodo
from tests.conftest import SAMPLE_DAY
from tests.desk.conftest import _worked_sample, worked_home  # noqa: F401
from tests.desk.serving import PASSWORD, served

CALLS = 10
Visitor = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        message = "Chromium is not installed here; see .ci/install-chromium"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def desk_home(worked_home: Path) -> Path:  # noqa: F811
    """A home whose list has ten calls."""

    def add(connection: object) -> None:
        for number in range(CALLS):
            todo = NewTodo(None, "phone_call", f"C{1001 + number}", "GBP", "callers", f"Call customer {number}",
                           "Balance: 100.00", SAMPLE_DAY)  # fmt: skip
            todos.create(connection, todo)  # type: ignore[arg-type]

    ledger = Ledger.of_home(worked_home)
    ledger.write(add)
    ledger.close()
    return worked_home


@pytest.fixture
def desk(desk_home: Path) -> Iterator[str]:
    """The address of its desk."""
    with served(desk_home, SAMPLE_DAY) as address:
        yield address


@pytest.fixture
def visitor(browser: Browser, desk: str) -> Iterator[Visitor]:
    """Makes a browser in which somebody has signed in, with the options of a browser's context."""
    made: list[BrowserContext] = []

    def sign_in(name: str = "Rex Releaser", **options: object) -> BrowserContext:
        context = browser.new_context(base_url=desk, locale="en-US", **options)  # type: ignore[arg-type]
        made.append(context)
        context.set_default_timeout(30_000)
        page = context.new_page()
        page.goto("/login")
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/todo*")
        return context

    yield sign_in
    for context in made:
        context.close()
