"""``chasing.yaml``: a company's settings, validated.

Belongs here: fields, defaults and their validation.
Does not belong here: secrets (they come from the environment, ``resources``) and cadences (``cadence``).
"""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from chasing_pipeline.domain.cadence import Channel, Strict, TimeOfDay, zone_name
from chasing_pipeline.domain.live_settings import Live
from chasing_pipeline.domain.money import country_codes, currency_codes
from chasing_pipeline.domain.tables import EXTRACT_TABLES


def country_code(value: str) -> str:
    """An ISO 3166-1 alpha-2 code, e.g. ``GB``. Raises ValueError for any other."""
    if value not in country_codes():
        raise ValueError(f"{value!r} is no ISO 3166-1 country code; use e.g. GB")
    return value


def currency_code(value: str) -> str:
    """An ISO 4217 code, e.g. ``EUR``. Raises ValueError for any other."""
    if value not in currency_codes():
        raise ValueError(f"{value!r} is no ISO 4217 currency code; use e.g. EUR")
    return value


def language_tag(value: str) -> str:
    """A BCP 47 language tag, e.g. ``en`` or ``pt-BR``. Raises ValueError for any other."""
    try:
        Locale.parse(value, sep="-")
    except (ValueError, UnknownLocaleError) as error:
        raise ValueError(f"{value!r} is no language tag; use e.g. en, fr or pt-BR") from error
    return value


Country = Annotated[str, AfterValidator(country_code)]
CurrencyCode = Annotated[str, AfterValidator(currency_code)]
Language = Annotated[str, AfterValidator(language_tag)]
TimeZone = Annotated[str, AfterValidator(zone_name)]


def plain_text(value: Any) -> Any:
    """A word of a file: text, or a number, true or false as the file would have it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | Decimal) else value


PlainText = Annotated[str, BeforeValidator(plain_text)]


class Company(Strict):
    """Who is owed: shown on every message; its time zone decides which day it is."""

    name: str = Field(min_length=1)
    address: tuple[str, ...] = ()
    timezone: TimeZone = "UTC"
    default_country: Country = "US"
    language: Language = "en"
    phone: str | None = None
    email: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        return ZoneInfo(self.timezone)


class EmailSender(Strict):
    """From whom e-mail comes; the mailbox that gets a copy of each, and the folder that bounces arrive in."""

    name: str
    address: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    reply_to: str | None = Field(default=None, pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    return_path: str | None = Field(default=None, pattern=r"^[^@\s<>+]+@[^@\s<>]+$")
    archive: str | None = Field(default=None, pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    bounce_folder: str = Field(default="INBOX", min_length=1)


class LetterSender(Strict):
    """The return address of letters, and how they are printed and posted (the words are Lob's).

    ``page`` is what they are printed on (None: Letter live, else by country).
    """

    name: str
    address1: str
    address2: str = ""
    city: str
    state: str = ""
    postal_code: str
    country: Country
    page: Literal["letter", "a4"] | None = None
    color: bool = False
    double_sided: bool = True
    use_type: Literal["operational", "marketing"] = "operational"
    mail_type: Literal["usps_first_class", "usps_standard"] = "usps_first_class"
    address_placement: Literal["top_first_page", "insert_blank_page", "bottom_first_page"] = "top_first_page"
    custom_envelope: str | None = Field(default=None, pattern=r"^env_[A-Za-z0-9]+$")


class Senders(Strict):
    """From whom each channel's messages come; a channel without a sender can't be used in live mode."""

    email: EmailSender | None = None
    sms: str | None = None
    letter: LetterSender | None = None


class Prices(Strict):
    """What one message costs, by channel and destination country (``default``: anywhere else)."""

    currency: CurrencyCode = "USD"
    email: dict[str, Annotated[Decimal, Field(ge=0, decimal_places=6)]] = {}
    sms: dict[str, Annotated[Decimal, Field(ge=0, decimal_places=6)]] = {}
    letter: dict[str, Annotated[Decimal, Field(ge=0, decimal_places=6)]] = {}
    auto_call: dict[str, Annotated[Decimal, Field(ge=0, decimal_places=6)]] = {}
    phone_call: dict[str, Annotated[Decimal, Field(ge=0, decimal_places=6)]] = {}

    @field_validator("email", "sms", "letter", "auto_call", "phone_call")
    @classmethod
    def _countries(cls, value: dict[str, Decimal]) -> dict[str, Decimal]:
        for country in value:
            if country != "default":
                country_code(country)
        return value

    def rows(self) -> list[tuple[str, str, Decimal]]:
        """(channel, country or ``default``, cost of one) for each price given."""
        return [
            (channel.value, country, cost)
            for channel in Channel
            for country, cost in (getattr(self, channel.value, None) or {}).items()
        ]


class ContactHours(Strict):
    """When texts and calls may reach a recipient, in the recipient's own time zone."""

    from_: TimeOfDay = Field(default=time(8, 0), alias="from")
    until: TimeOfDay = time(20, 0)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.until <= self.from_:
            raise ValueError("contact hours end after they begin")
        return self


class Limits(Strict):
    """How much may leave in one day before somebody must look."""

    actions_per_day: Annotated[int, Field(ge=0)] | None = None
    per_channel: dict[Channel, Annotated[int, Field(ge=0)]] = {}
    per_recipient_a_day: Annotated[int, Field(ge=1)] | None = None
    per_recipient_in_seven_days: Annotated[int, Field(ge=1)] | None = None
    max_growth: Annotated[Decimal, Field(gt=1)] | None = None
    growth_days: Annotated[int, Field(ge=1)] = 30


class Schedule(Strict):
    """When the daily run starts, in the company's time zone."""

    at: TimeOfDay = time(7, 0)


class Alerts(Strict):
    """Who is told by e-mail that a run failed."""

    email: str | None = Field(default=None, pattern=r"^[^@\s<>]+@[^@\s<>]+$")


class Source(Strict):
    """How one table of an extract is spelt by the system that exports it."""

    file: str | None = None
    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    values: dict[str, dict[PlainText, PlainText]] = {}
    dates: str | None = None
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "latin-1", "utf-16"] = "utf-8"
    one_row_per_key: bool = False

    @field_validator("file")
    @classmethod
    def _file(cls, value: str | None) -> str | None:
        if value is not None and (not value or Path(value).is_absolute() or ".." in Path(value).parts):
            raise ValueError("file is a name, or a pattern such as items_*.csv, inside the extract's folder")
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.thousands and self.thousands == self.decimal:
            raise ValueError("thousands and decimal can't be the same character")
        if self.dates is not None and "%" not in self.dates:
            raise ValueError('dates is a format such as "%d.%m.%Y"')
        return self


class Settings(Strict):
    """The whole of ``chasing.yaml``."""

    company: Company
    mode: Literal["sandbox", "live"] = "sandbox"
    senders: Senders = Senders()
    portal_url: str | None = None
    pay_link_days: Annotated[int, Field(ge=1, le=3650)] = 60
    unsubscribe_url: str | None = None
    caller_ids: dict[str, tuple[str, ...]] = {}
    contact_hours: ContactHours = ContactHours()
    allowed_countries: tuple[Country, ...] = ()
    prices: Prices = Prices()
    limits: Limits = Limits()
    live: Live = Live()
    schedule: Schedule = Schedule()
    alerts: Alerts = Alerts()
    first_day: date | None = None
    keep_messages_days: Annotated[int, Field(ge=1)] = 90
    max_extract_age_days: Annotated[int, Field(ge=0)] = 3
    max_quarantined_share: Annotated[Decimal, Field(ge=0, le=1)] = Decimal("0.01")
    sources: dict[str, Source] = {}

    @field_validator("portal_url")
    @classmethod
    def _portal_url(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("https://", "http://")):
            raise ValueError("portal_url must begin with https://")
        return value

    @field_validator("unsubscribe_url")
    @classmethod
    def _unsubscribe_url(cls, value: str | None) -> str | None:
        # RFC 8058 wants HTTPS: a mail service posts there on its own
        if value is not None and not value.startswith("https://"):
            raise ValueError("unsubscribe_url must begin with https://")
        return value

    @field_validator("caller_ids")
    @classmethod
    def _caller_ids(cls, value: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        for key in value:
            if key != "default":
                country_code(key)
        return value

    @field_validator("sources")
    @classmethod
    def _sources(cls, value: Mapping[str, Source]) -> Mapping[str, Source]:
        for name, source in value.items():
            table = EXTRACT_TABLES.get(name)
            if table is None:
                raise ValueError(f"{name} is no table of an extract; there are {', '.join(EXTRACT_TABLES)}")
            known = {column.name for column in table.columns}
            for field in ("columns", "constants", "values"):
                unknown = sorted(set(getattr(source, field)) - known)
                if unknown:
                    raise ValueError(f"{name}.{field}: the table has no column {', '.join(unknown)}")
        return value
