"""Making pages of templates: everything that is put in is escaped, and an unknown name is an error.

Does not belong here: what is put in (``pages``).
"""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from chasing_pipeline.desk.office import Office

HERE = Path(__file__).resolve().parent
STATIC = HERE / "static"


def render(office: Office, request: Request, template: str, status: int = 200, **values: Any) -> Response:
    """The page that a template makes of these values."""
    settings = office.settings
    common = {
        "company": settings.company.name,
        "mode": settings.mode,
        "is_played": office.clock.is_played,
        "today": office.clock.today(),
        "token": request.session["token"],
        "told": None,
        "asked": dict(request.query_params),
        "zone": office.clock.zone,
    }
    content = _ENVIRONMENT.get_template(template).render({**common, **values})
    return HTMLResponse(content, status)


def money(amount: Decimal | None, currency: str = "") -> str:
    """An amount with its currency."""
    return "" if amount is None else f"{amount:,.2f} {currency}".rstrip()


def days(count: int | None) -> str:
    """A number of days with its noun."""
    return "" if count is None else f"{count:,} day" if count == 1 else f"{count:,} days"


def words(name: str | None) -> str:
    """A word of the program as people write it."""
    return (name or "").replace("_", " ")


def moment(at: datetime, zone: Any) -> str:
    """An instant in the company's time."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def weekday(day: date | None) -> str:
    """A day with its weekday."""
    return f"{day:%a} {day}" if day else ""


def link(path: str, asked: dict[str, Any], **changed: Any) -> str:
    """A page with the present parameters, some of them changed."""
    parameters = {**asked, **changed}
    query = urlencode({name: value for name, value in parameters.items() if value not in ("", None)})
    return f"{path}?{query}" if query else path


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters.update(money=money, days=days, words=words, weekday=weekday)
_ENVIRONMENT.globals.update(link=link, moment=moment)
