"""The desk on a loopback port, in a thread of the test, and somebody who uses it without a browser."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import requests
import uvicorn

from chasing_pipeline.desk.app import create_app
from chasing_pipeline.desk.door import Door
from chasing_pipeline.desk.office import Office
from chasing_pipeline.desk.users import Role, Users

SECRET = "a secret for tests that is long enough"
PASSWORD = "correct horse battery"


@contextmanager
def served(root: Path, day: date | None, door: Door | None = None) -> Iterator[str]:
    """The address of the desk of a home while it runs."""
    app = create_app(Office(root, day), door or Door(users_of(root)), SECRET)
    config = uvicorn.Config(app, port=0, access_log=False, log_level="warning", proxy_headers=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    [socket] = server.servers[0].sockets
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


def users_of(root: Path) -> Users:
    """The home's users: one for each role, all with the same password."""
    users = Users(root / "desk-users.yaml")
    if not users.all():
        users.put("Rea Reader", Role.READ, PASSWORD)
        users.put("Wim Worker", Role.WORK, PASSWORD, "wim@example.com")
        users.put("Rex Releaser", Role.RELEASE, PASSWORD)
    return users


class Somebody:
    """A user of the desk: keeps cookies, fills in forms with the token that the page gave."""

    def __init__(self, address: str, name: str = "", password: str = PASSWORD) -> None:
        self.address = address
        self.session = requests.Session()
        self.token = ""
        if name:
            self.get("/login")
            page = self.post("/login", name=name, password=password)
            assert page.status_code == 200, page.text

    def get(self, path: str, **more: Any) -> requests.Response:
        """A page; its form token is kept for the next form."""
        return self._kept(self.session.get(self.address + path, timeout=60, **more))

    def post(self, path: str, token: str | None = None, **fields: Any) -> requests.Response:
        """A form, sent; the page that follows."""
        data = {"token": self.token if token is None else token, **fields}
        return self._kept(self.session.post(self.address + path, data=data, timeout=60))

    def _kept(self, page: requests.Response) -> requests.Response:
        found = re.search(r'name="token" value="([^"]+)"', page.text)
        self.token = found[1] if found else self.token
        return page


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def text_of(page: requests.Response) -> str:
    """What a person reads on a page, with single blanks."""
    parser = _Text()
    parser.feed(page.text)
    return " ".join(" ".join(parser.parts).split())
