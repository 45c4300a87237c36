"""Who is at the desk, and whether they may do what they ask: the one place that decides it for every page.

Does not belong here: what a page shows (``pages``).
"""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chasing_pipeline.desk.office import Office
from chasing_pipeline.desk.protection import Attempts
from chasing_pipeline.desk.rendering import render
from chasing_pipeline.desk.users import Role, User, Users, stamp
from chasing_pipeline.domain.problems import ChasingError


@dataclass
class Door:
    """How people get in: by the file of users, or by the name that a trusted proxy gives in a header."""

    users: Users
    proxy_header: str | None = None
    trusted_proxies: frozenset[str] = frozenset()
    of_user: Attempts = field(default_factory=lambda: Attempts(5, 300))
    of_address: Attempts = field(default_factory=lambda: Attempts(30, 300))

    def who(self, request: Request) -> tuple[str, User] | None:
        """Name and user of who asks; None: nobody that is known."""
        if self.proxy_header:
            peer = request.client.host if request.client else ""
            name = request.headers.get(self.proxy_header, "") if peer in self.trusted_proxies else ""
            user = self.users.find(name)
            return (name, user) if user else None
        name = request.session.get("user", "")
        user = self.users.find(name)
        if user is None or not hmac.compare_digest(request.session.get("stamp", ""), stamp(user)):
            return None
        return name, user

    def address_of(self, request: Request) -> str:
        """From where somebody asks; a trusted proxy says it of those behind it."""
        peer = request.client.host if request.client else ""
        if peer not in self.trusted_proxies:
            return peer
        # the last one is the proxy's own word, those before it may be anybody's
        return request.headers.get("x-forwarded-for", peer).rsplit(",", 1)[-1].strip()


@dataclass
class Visit:
    """One request of somebody who is known: what a page needs to answer it."""

    request: Request
    office: Office
    name: str
    user: User
    form: FormData

    def may(self, role: Role) -> bool:
        """Whether this user may do what ``role`` may."""
        return self.user.role.includes(role)

    def asked(self, name: str, default: str = "") -> str:
        """A parameter of the address."""
        return self.request.query_params.get(name, default).strip()

    def entered(self, name: str, longest: int = 2000) -> str:
        """A field of the form, without surrounding blanks. Raises ChasingError where it is too long."""
        value = self.form.get(name, "")
        text = value.strip().replace("\r\n", "\n") if isinstance(value, str) else ""
        if len(text) > longest or "\0" in text:
            raise ChasingError(f"{name.replace('_', ' ')}: at most {longest} characters")
        return text

    def entered_all(self, name: str) -> list[str]:
        """All values of a field that may be there many times."""
        return [value for value in self.form.getlist(name) if isinstance(value, str)]

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """The page that a template makes of these values."""
        told = self.request.session.pop("told", None) if self.request.method == "GET" else None
        common = {"me": self.name, "user": self.user, "may_work": self.may(Role.WORK), "told": told,
                  "may_release": self.may(Role.RELEASE), "here": self.request.url.path,
                  "held_count": self.office.held_count()}  # fmt: skip
        return render(self.office, self.request, template, status, **common, **values)

    def go(self, path: str, told: str = "", **parameters: Any) -> Response:
        """To another page, which says what was done."""
        if told:
            self.request.session["told"] = told[:300]
        query = urlencode({name: value for name, value in parameters.items() if value not in ("", None)})
        return RedirectResponse(f"{path}?{query}" if query else path, 303)


Handler = Callable[[Visit], Response]


def guarded(office: Office, door: Door, role: Role, handler: Handler) -> Callable[[Request], Any]:
    """The page, for those alone who have the role; a form counts only with the session's own token."""

    async def answer(request: Request) -> Response:
        found = await run_in_threadpool(door.who, request)
        if found is None:
            return _not_known(office, door, request)
        form = await request.form(max_files=0, max_fields=60) if request.method == "POST" else FormData()
        visit = Visit(request, office, *found, form)
        if request.method == "POST" and not _is_own_form(request, form):
            why = "The form was not sent from this page, or the page was open for too long. Open it again."
            return visit.page("refused.html", 403, why=why)
        if not visit.may(role):
            return visit.page("refused.html", 403, why=f"This needs the role {role.value}; yours is {found[1].role}.")
        try:
            return await run_in_threadpool(handler, visit)
        except ChasingError as error:
            return visit.page("refused.html", 400, why=str(error))

    return answer


def is_own_token(request: Request, form: FormData) -> bool:
    """Whether the form carries the session's own token."""
    given = form.get("token", "")
    return isinstance(given, str) and hmac.compare_digest(given.encode(), request.session["token"].encode())


def _is_own_form(request: Request, form: FormData) -> bool:
    origin = request.headers.get("origin")
    is_own = origin in (None, "null") or urlsplit(origin).netloc == request.headers.get("host")
    return is_own and is_own_token(request, form)


def _not_known(office: Office, door: Door, request: Request) -> Response:
    if door.proxy_header:
        why = f"The proxy's header {door.proxy_header} names no user of the desk. Ask whoever runs it to add you."
        return render(office, request, "refused.html", 403, why=why, me=None)
    if request.method != "GET":
        return RedirectResponse("/login", 303)
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/login" if path == "/" else f"/login?{urlencode({'next': path})}", 303)
