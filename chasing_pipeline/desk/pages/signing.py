"""Signing in and out.

Does not belong here: who is let in (``door``, ``users``).
"""

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chasing_pipeline.desk import sessions
from chasing_pipeline.desk.door import Door, is_own_token
from chasing_pipeline.desk.office import Office
from chasing_pipeline.desk.rendering import render
from chasing_pipeline.desk.users import stamp

LONGEST_PASSWORD = 200


def signing_in(office: Office, door: Door) -> Callable[[Request], Any]:
    """The page that asks for name and password."""

    async def sign_in(request: Request) -> Response:
        aim = _own_path(request.query_params.get("next", ""))
        if request.method == "GET":
            return _page(office, request, aim)
        form = await request.form(max_files=0, max_fields=10)
        if not is_own_token(request, form):
            return _page(office, request, aim, 403, "The page was open for too long. Try again.")
        name, password = str(form.get("name", "")).strip(), str(form.get("password", ""))[:LONGEST_PASSWORD]
        address = door.address_of(request)
        wait = max(door.of_user.seconds_to_wait(name), door.of_address.seconds_to_wait(address))
        if wait:
            why = f"Too many attempts. Try again in {-(-wait // 60)} minutes."
            page = _page(office, request, aim, 429, why, name)
            page.headers["retry-after"] = str(wait)
            return page
        user = await run_in_threadpool(door.users.check, name, password)
        if user is None:
            door.of_user.failed(name)
            door.of_address.failed(address)
            return _page(office, request, aim, 403, "Name and password do not fit.", name)
        door.of_user.succeeded(name)
        sessions.begin(request.session, name, stamp(user))
        return RedirectResponse(aim, 303)

    return sign_in


async def sign_out(request: Request) -> Response:
    """End the session."""
    form = await request.form(max_files=0, max_fields=10)
    if is_own_token(request, form):
        sessions.end(request.session)
    return RedirectResponse("/login", 303)


def _page(office: Office, request: Request, aim: str, status: int = 200, problem: str = "", name: str = "") -> Response:
    return render(office, request, "login.html", status, me=None, aim=aim, problem=problem, entered_name=name)


def _own_path(path: str) -> str:
    """A path of the desk itself, never another site's."""
    is_own = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if is_own else "/todo"
