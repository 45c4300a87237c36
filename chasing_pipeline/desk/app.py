"""The web application: which page answers which address, who may see it, and what surrounds all of them.

Does not belong here: the pages themselves.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from chasing_pipeline.desk.door import Door, Handler, guarded
from chasing_pipeline.desk.office import Office
from chasing_pipeline.desk.pages import approvals, customers, releases, signing, work
from chasing_pipeline.desk.protection import Protection
from chasing_pipeline.desk.rendering import STATIC, render
from chasing_pipeline.desk.sessions import Sessions
from chasing_pipeline.desk.users import Role

log = logging.getLogger(__name__)

PAGES: tuple[tuple[str, str, Role, Handler], ...] = (
    ("GET", "/todo", Role.READ, work.todo_list),
    ("GET", "/todo/{number:int}", Role.READ, work.todo_item),
    ("POST", "/todo/{number:int}", Role.WORK, work.report),
    ("POST", "/todo/{number:int}/assign", Role.WORK, work.assign),
    ("GET", "/customers", Role.READ, customers.customer_list),
    ("GET", "/customer", Role.READ, customers.customer),
    ("POST", "/customer", Role.WORK, customers.record),
    ("GET", "/customer/explain", Role.READ, customers.explain_afresh),
    ("GET", "/approvals", Role.READ, approvals.approval_list),
    ("POST", "/approvals", Role.RELEASE, approvals.release_held),
    ("GET", "/approvals/{action_id}", Role.READ, approvals.look),
    ("GET", "/approvals/{action_id}/mail", Role.READ, approvals.mail),
    ("GET", "/approvals/{action_id}/pdf", Role.READ, approvals.pdf),
    ("GET", "/releases", Role.READ, releases.releases),
    ("POST", "/releases", Role.RELEASE, releases.release_stop),
    ("POST", "/releases/switch", Role.RELEASE, releases.turn_switch),
)
"""Every page that needs somebody who is known: method, address, role, handler."""


def create_app(office: Office, door: Door, secret: str) -> Starlette:
    """The desk of one home. ``secret`` signs sessions; whoever knows it can be anybody."""

    async def start(request: Request) -> Response:
        return RedirectResponse("/todo", 303)

    async def health(request: Request) -> Response:
        return PlainTextResponse("ok")

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        why = "There is no such page." if status == 404 else "That can't be done here."
        return render(office, request, "refused.html", status, me=None, why=why)

    async def failed(request: Request, error: Exception) -> Response:
        # the log gets the trace, which names no customer; the page says nothing of it
        log.error("a page failed: %s %s", request.method, request.url.path, exc_info=error)
        return HTMLResponse("<!doctype html><title>Error</title><p>Something went wrong. Try again.", 500)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        office.close()

    routes = [
        Route("/", start),
        Route("/health", health),
        Route("/login", signing.signing_in(office, door), methods=["GET", "POST"]),
        Route("/logout", signing.sign_out, methods=["POST"]),
        *(Route(path, guarded(office, door, role, page), methods=[method]) for method, path, role, page in PAGES),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    middleware = [
        Middleware(Protection),
        Middleware(Sessions, secret=secret, trusted_proxies=door.trusted_proxies),
    ]
    return Starlette(
        routes=routes,
        middleware=middleware,
        lifespan=lifespan,
        exception_handlers={HTTPException: refused, 500: failed},
    )
