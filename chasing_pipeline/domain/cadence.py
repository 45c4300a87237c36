"""A cadence as its file says it: the model, its defaults and what is wrong with one.

Belongs here: fields, defaults, validation within one file, and what of it is frozen once in use.
Does not belong here: deciding who is due (``sql/eligibility``), or anything about more than one cadence.
"""

import hashlib
import json
import re
from datetime import time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, field_validator, model_validator

from chasing_pipeline.domain.money import Thresholds
from chasing_pipeline.domain.yaml_files import FaultAtError


class Channel(StrEnum):
    """How a step reaches somebody."""

    EMAIL = "email"
    SMS = "sms"
    LETTER = "letter"
    AUTO_CALL = "auto_call"
    PHONE_CALL = "phone_call"
    ESCALATE = "escalate"


TODO_CHANNELS = frozenset({Channel.PHONE_CALL, Channel.ESCALATE})
"""Channels that a person carries out: their actions become items on the to-do list."""

Clock = Literal["account_age", "past_due_age", "since_previous_step"]
CatchUp = Literal["latest", "in_order", "all", "skip"]
Approve = Literal["never", "first_run", "always"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def time_of_day(value: Any) -> Any:
    """A time of day written ``HH:MM``. Raises ValueError for anything else."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,2}:\d{2}", value):
        hours, minutes = value.split(":")
        if int(hours) < 24 and int(minutes) < 60:
            return time(int(hours), int(minutes))
    if isinstance(value, time):
        return value
    raise ValueError('write a time of day as "HH:MM", e.g. "07:00"')


def zone_name(value: str) -> str:
    """An IANA time zone's name, e.g. ``Europe/London``. Raises ValueError for any other."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{value!r} is no IANA time zone; use e.g. Europe/London") from error
    return value


TimeOfDay = Annotated[
    time,
    BeforeValidator(time_of_day),
    PlainSerializer(lambda value: value.isoformat("minutes"), return_type=str, when_used="json"),
]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=100)]


class Strict(BaseModel):
    """A model that refuses unknown fields, so that a misspelt rule is never silently without effect."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Run(Strict):
    """On which days, and from what time on, a cadence runs."""

    at: TimeOfDay = time(7, 0)
    timezone: str = "company"
    weekdays: tuple[Weekday, ...] = Field(default=WEEKDAYS, min_length=1)
    days_of_month: tuple[Annotated[int, Field(ge=1, le=31)], ...] = ()
    skip_holidays: bool = False

    @field_validator("timezone")
    @classmethod
    def _timezone(cls, value: str) -> str:
        return value if value in {"company", "customer"} else zone_name(value)


class Assign(Strict):
    """The rule by which accounts come to a cadence: the lowest priority that matches wins."""

    priority: int = 100
    when: str | None = None


class Step(Strict):
    """One thing to do at one age (in days): a channel, a template, who gets it."""

    step: Name
    clock: Clock
    day: Annotated[int, Field(ge=-3650, le=3650)]
    channel: Channel
    template: Name | None = None
    multi_template: Name | None = None
    attach_invoices: bool = False
    assign_to: str = "team"
    min_past_due: Thresholds = {}
    days: Literal["calendar", "business"] = "calendar"
    round: Literal["none", "end_of_month"] = "none"
    repeat_every: Annotated[int, Field(ge=1)] | None = None
    repeat_limit: Annotated[int, Field(ge=1)] | None = None
    approve: Approve | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.clock != "past_due_age" and self.day < 0:
            raise ValueError(
                f"day can't be negative on the clock {self.clock}; only past_due_age counts before its date"
            )
        if self.channel not in TODO_CHANNELS and self.template is None:
            raise ValueError(f"a step of channel {self.channel.value} needs a template")
        if self.repeat_limit is not None and self.repeat_every is None:
            raise ValueError("repeat_limit needs repeat_every")
        return self


class Cadence(Strict):
    """An ordered list of steps with its calendar, thresholds and rules."""

    cadence: Name
    description: str = ""
    version: Annotated[int, Field(ge=1)] = 1
    scope: Literal["account", "invoice"] = "account"
    run: Run = Run()
    min_balance: Thresholds = {"default": Decimal(0)}
    min_open: Thresholds = {"default": Decimal(0)}
    invoices: Literal["open", "overdue"] = "open"
    assign: Assign | None = None
    late_entry: CatchUp = "latest"
    catch_up: CatchUp = "latest"
    min_gap_days: Annotated[int, Field(ge=0)] = 0
    on_oldest_paid: Literal["continue", "restart"] = "continue"
    group_by: Literal["step", "phase", "none"] = "step"
    approve: Approve = "never"
    steps: tuple[Step, ...]

    @field_validator("min_open", "min_balance")
    @classmethod
    def _has_default(cls, value: dict[str, Decimal | None]) -> dict[str, Decimal | None]:
        return {"default": Decimal(0), **value}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.steps:
            raise FaultAtError(("steps",), "a cadence needs at least one step")
        names = [step.step for step in self.steps]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise FaultAtError(("steps", index, "step"), f"the name {name} is given to more than one step")
        if self.steps[0].clock == "since_previous_step":
            raise FaultAtError(
                ("steps", 0, "clock"), "the first step can't use since_previous_step; there is no step before it"
            )
        return self

    def rung_numbers(self) -> list[int]:
        """The rung (1-based) of each step, in file order.

        Consecutive steps with the same clock, day, days and round form one rung; a step on the clock
        since_previous_step never joins the one before it.
        """
        numbers: list[int] = []
        previous: tuple[object, ...] | None = None
        for step in self.steps:
            rung = (step.clock, step.day, step.days, step.round)
            joins = rung == previous and step.clock != "since_previous_step"
            numbers.append(numbers[-1] if joins else len(set(numbers)) + 1)
            previous = rung
        return numbers

    def approval_of(self, step: Step) -> Approve:
        """Which actions of one of its steps wait until somebody releases them: the step's own word comes first."""
        return step.approve or self.approve

    def schedule(self) -> dict[str, Any]:
        """What is frozen once a unit is enrolled: run, scope and steps, without thresholds and approval."""
        content = self.model_dump(mode="json", include={"run", "scope", "steps"})
        for step in content["steps"]:
            step.pop("min_past_due")
            step.pop("approve")
        return content

    def schedule_fingerprint(self) -> str:
        """A hash of the schedule."""
        return hashlib.sha256(json.dumps(self.schedule(), sort_keys=True).encode()).hexdigest()
