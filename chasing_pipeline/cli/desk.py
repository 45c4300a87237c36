"""The command ``desk``: a web page for the people who make the calls, and its users.

Does not belong here: the pages (``chasing_pipeline.desk``).
"""

import os
import secrets
import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from chasing_pipeline.cli.options import DayOption, HomeOption, open_home, say
from chasing_pipeline.domain.problems import ChasingError

if TYPE_CHECKING:
    from chasing_pipeline.planning.home import ChasingHome

app = typer.Typer(invoke_without_command=True, help="A web page for the people who make the calls.")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SHORTEST_SECRET = 32
ROLES = ("read", "work", "release")

NameArgument = Annotated[str, typer.Argument(help="The user's name, as it shall stand in the activity log.")]


@app.callback()
def desk(
    context: typer.Context,
    home: HomeOption = None,
    day: DayOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8080,
    proxy_header: Annotated[
        str | None, typer.Option(help="Header in which a proxy names who has signed in there.", show_default=False)
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None, typer.Option(help="Address of the proxy that is believed.", show_default=False)
    ] = None,
) -> None:
    """Serve the desk: to-do list, customers, progress, releases and holds, in a browser.

    Examples:

        chasing desk add-user "Jane Doe" --role work

        chasing desk --home /srv/chasing

        chasing desk --proxy-header X-Forwarded-User --trusted-proxy 127.0.0.1
    """
    if context.invoked_subcommand is not None:
        return
    serve(open_home(home).home, day, host, port, proxy_header, frozenset(trusted_proxy or ()))


def serve(
    home: "ChasingHome",
    day: date | None,
    host: str,
    port: int,
    proxy_header: str | None,
    trusted_proxies: frozenset[str],
) -> None:
    """Serve the desk until it is stopped. Raises ChasingError where nobody could use it."""
    import uvicorn

    from chasing_pipeline.desk.app import create_app
    from chasing_pipeline.desk.door import Door
    from chasing_pipeline.desk.office import Office
    from chasing_pipeline.desk.users import Users

    if proxy_header and not trusted_proxies:
        raise typer.BadParameter("--proxy-header needs --trusted-proxy: whose header is believed")
    users = Users.of_home(home.root)
    if not users.all():
        command = home.command('desk add-user "YOUR NAME" --role release')
        raise ChasingError(f"nobody may use the desk yet; add somebody with: {command}")
    secret = os.environ.get("CHASING_DESK_SECRET") or secrets.token_urlsafe(48)
    if len(secret) < SHORTEST_SECRET:
        raise ChasingError(f"CHASING_DESK_SECRET is too short to sign with: at least {SHORTEST_SECRET} characters")
    if host not in LOOPBACK:
        say(f"warning: the desk itself speaks no TLS; put a proxy that does in front of {host}:{port}")
    office = Office(home.root, day)
    say(f"chasing home {home.root}, {office.clock.today()}, mode {home.settings.mode}")
    say(f"open http://{'127.0.0.1' if host == 'localhost' else host}:{port} ; stop with Ctrl-C")
    application = create_app(office, Door(users, proxy_header, trusted_proxies), secret)
    # no access log: addresses of pages hold customer numbers and what people search for
    uvicorn.run(
        application, host=host, port=port, access_log=False, log_level="warning", proxy_headers=False,
        server_header=False,
    )  # fmt: skip


@app.command("add-user")
def add_user(
    name: NameArgument,
    role: Annotated[str, typer.Option(help=f"What the user may do: {', '.join(ROLES)}.")] = "work",
    email: Annotated[
        str | None, typer.Option(help="Items assigned to this address are the user's, too.", show_default=False)
    ] = None,
    team: Annotated[list[str] | None, typer.Option(help="The user's teams. Default: team.", show_default=False)] = None,
    without_password: Annotated[
        bool, typer.Option("--without-password", help="A proxy says who it is; see --proxy-header.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Add a user of the desk, or change one; the password is asked for, or read from standard input.

    Examples:

        chasing desk add-user "Jane Doe" --role release --email jane@example.com

        pwgen 20 1 | chasing desk add-user "Jo Roe"
    """
    from chasing_pipeline.desk.users import Role, Users

    if role not in ROLES:
        raise typer.BadParameter(f"--role is one of {', '.join(ROLES)}")
    users = Users.of_home(open_home(home).home.root)
    is_new = users.find(name) is None
    password = None if without_password else _password()
    users.put(name, Role(role), password, email, tuple(team or ("team",)))
    say(f"{name} {'may use' if is_new else 'was changed and may still use'} the desk: {role}. See {users.path}")


@app.command("remove-user")
def remove_user(name: NameArgument, home: HomeOption = None) -> None:
    """Take a user of the desk away; an open session ends at once.

    Examples:

        chasing desk remove-user "Jo Roe"
    """
    from chasing_pipeline.desk.users import Users

    Users.of_home(open_home(home).home.root).remove(name)
    say(f"{name} may not use the desk any more.")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    answer: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return answer
