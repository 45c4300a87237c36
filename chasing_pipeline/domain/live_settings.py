"""``live:`` in ``chasing.yaml``: how patiently, how fast and how carefully messages are sent for real.

Does not belong here: secrets (environment variables) and from whom messages come (``settings.Senders``).
"""

from typing import Annotated

from pydantic import Field

from chasing_pipeline.domain.cadence import Strict

Minutes = Annotated[float, Field(ge=0, le=1440)]
Seconds = Annotated[float, Field(gt=0, le=600)]
PerSecond = Annotated[float, Field(gt=0, le=1000)]


class Rates(Strict):
    """At most so many a second, each by its own channel; texts by sender as well. null: as fast as they are taken."""

    email: PerSecond | None = None
    sms: PerSecond | None = 1
    auto_call: PerSecond | None = 1
    letter: PerSecond | None = 28


class Live(Strict):
    """Sending for real. ``…_settle_minutes``: how long the evidence of an interrupted sending may take to show up."""

    workers: Annotated[int, Field(ge=1, le=64)] = 10
    connect_timeout_seconds: Seconds = 10
    read_timeout_seconds: Seconds = 60
    email_settle_minutes: Minutes = 15
    sms_settle_minutes: Minutes = 30
    call_settle_minutes: Minutes = 10
    letter_settle_minutes: Minutes = 2
    bounce_days: Annotated[int, Field(ge=1, le=60)] = 5
    verify_addresses: bool = False
    rates: Rates = Rates()
