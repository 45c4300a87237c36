"""Every page answers in time with 100,000 accounts, and a history as long as they leave."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.conftest import SAMPLE_DAY
from tests.desk.big_home import make
from tests.desk.serving import Somebody, served

ACCOUNTS = 100_000
SECONDS = 0.3
TRIES = 7
PAGES = ("/todo", "/todo?whose=all&page=300", "/todo?state=done", "/todo/5", "/customers", "/releases", "/approvals",
         "/approvals?step=reminder&page=100",
         "/customers?search=customer+00314&sort=name", "/customers?state=promise&currency=EUR&least=1000&page=5",
         "/customer?number=C0000777", "/customer?number=C0099999")  # fmt: skip


@pytest.mark.nightly
def test_every_page_of_a_big_home_is_there_in_time_and_a_call_is_saved(tmp_path: Path) -> None:
    root = make(tmp_path / "home", ACCOUNTS, ACCOUNTS // 5)
    with served(root, SAMPLE_DAY) as address:
        somebody = Somebody(address, "Wim Worker")
        times = {path: fastest(lambda number, path=path: somebody.get(path)) for path in PAGES}
        times["saving a call"] = fastest(lambda number: somebody.post(f"/todo/{number}", outcome="answered", note="x"))
    times["saving a call"] /= 2  # the page of the next item is part of it
    print({path: f"{seconds * 1000:.0f} ms" for path, seconds in times.items()})
    assert {path: seconds for path, seconds in times.items() if seconds > SECONDS} == {}


def fastest(ask: Callable[[int], requests.Response]) -> float:
    """Seconds of the fastest of some tries: what else the machine does is not the desk's fault."""
    times = []
    for number in range(1, TRIES + 1):
        started = time.perf_counter()
        page = ask(number)
        times.append(time.perf_counter() - started)
        assert page.status_code == 200
    return min(times)
