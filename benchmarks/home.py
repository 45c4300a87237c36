"""The part of an invented chasing home that a team would write: settings, cadences, templates, holds, enrolments.

Belongs here: what stands in those files. Does not belong here: the extract and the past (``generate``).
"""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from chasing_pipeline.files import shipped

WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"]
PEOPLE_ONLY = "escalate"
"""The channel that reaches no customer."""

CADENCES: tuple[dict[str, Any], ...] = (
    {
        "cadence": "us-invoices",
        "description": "American chains on 60 days - every invoice by itself, grouped into one message",
        "scope": "invoice",
        "group_by": "step",
        "run": {"weekdays": WEEKDAYS},
        "assign": {"priority": 5, "when": "country = 'US' and payment_terms = 'NET 60'"},
        "min_open": {"default": 10},
        "steps": [
            {"step": "due-soon", "clock": "past_due_age", "day": -7, "channel": "email", "template": "due-soon"},
            {"step": "reminder", "clock": "past_due_age", "day": 1, "channel": "email", "template": "overdue"},
            {"step": "text", "clock": "past_due_age", "day": 10, "channel": "sms", "template": "overdue"},
            {"step": "call", "clock": "past_due_age", "day": 20, "channel": "phone_call"},
            {"step": "escalation", "clock": "past_due_age", "day": 30, "channel": "escalate"},
        ],
    },
    {
        "cadence": "short-terms",
        "description": "Short terms and small amounts - machines only",
        "scope": "account",
        "run": {"weekdays": WEEKDAYS},
        "assign": {"priority": 10, "when": "payment_terms in ('NET 14', 'DUE ON RECEIPT')"},
        "min_balance": {"default": 25},
        "min_gap_days": 2,
        "steps": [
            {"step": "intro", "clock": "account_age", "day": 1, "channel": "email", "template": "intro"},
            {"step": "due-soon", "clock": "past_due_age", "day": -2, "channel": "sms", "template": "due-soon"},
            {"step": "reminder", "clock": "past_due_age", "day": 5, "channel": "email", "template": "overdue"},
            {"step": "text", "clock": "past_due_age", "day": 12, "channel": "sms", "template": "overdue"},
            {"step": "robot", "clock": "past_due_age", "day": 20, "channel": "auto_call", "template": "overdue"},
            {"step": "final", "clock": "since_previous_step", "day": 14, "channel": "email",
             "template": "final-notice"},
        ],
    },
    {
        "cadence": "france",
        "description": "French customers on 30 days - in business days, firm by letter",
        "scope": "account",
        "run": {"weekdays": WEEKDAYS, "skip_holidays": True},
        "assign": {"priority": 15, "when": "language = 'fr' and payment_terms = 'NET 30'"},
        "min_balance": {"default": 50},
        "steps": [
            {"step": "nudge", "clock": "past_due_age", "day": -3, "channel": "email", "template": "due-soon"},
            {"step": "reminder", "clock": "past_due_age", "day": 5, "days": "business", "channel": "email",
             "template": "overdue"},
            {"step": "statement", "clock": "past_due_age", "day": 15, "channel": "letter", "template": "open-item"},
            {"step": "call", "clock": "past_due_age", "day": 25, "channel": "phone_call"},
            {"step": "final", "clock": "past_due_age", "day": 40, "channel": "letter", "template": "final-notice"},
        ],
    },
    {
        "cadence": "standard",
        "description": "Customers on account - friendly first, firm later, every channel",
        "scope": "account",
        "run": {"weekdays": WEEKDAYS, "skip_holidays": True},
        "assign": {"priority": 20, "when": "payment_terms in ('NET 30', 'NET 60')"},
        "min_balance": {"default": 50, "USD": 100},
        "steps": [
            {"step": "intro", "clock": "account_age", "day": 2, "channel": "email", "template": "intro"},
            {"step": "due-soon", "clock": "past_due_age", "day": -3, "channel": "sms", "template": "due-soon"},
            {"step": "reminder", "clock": "past_due_age", "day": 3, "channel": "email", "template": "overdue",
             "multi_template": "overdue-many"},
            {"step": "robot", "clock": "past_due_age", "day": 10, "channel": "auto_call", "template": "overdue"},
            {"step": "statement", "clock": "past_due_age", "day": 20, "channel": "letter", "template": "open-item"},
            {"step": "call", "clock": "past_due_age", "day": 30, "channel": "phone_call",
             "min_past_due": {"default": 500}},
            {"step": "escalation", "clock": "past_due_age", "day": 60, "channel": "escalate", "repeat_every": 30,
             "repeat_limit": 3},
        ],
    },
)  # fmt: skip


def settings(first_run_day: date) -> dict[str, Any]:
    """``chasing.yaml`` of the home, which has been chasing since ``first_run_day``."""
    return {
        "company": {"name": "Port Vale Supplies Ltd", "timezone": "Europe/London", "default_country": "GB"},
        "mode": "sandbox",
        "portal_url": "https://pay.harbour-vale.example/c/{customer_number}",
        "allowed_countries": ["GB", "IE", "US", "FR", "DE", "ES", "AT"],
        "prices": {
            "currency": "GBP",
            "email": {"default": 0.0004},
            "sms": {"GB": 0.04, "US": 0.008, "default": 0.10},
            "letter": {"GB": 1.10, "default": 2.20},
            "auto_call": {"GB": 0.02, "default": 0.06},
            "phone_call": {"default": 3.50},
        },
        "first_day": first_run_day.isoformat(),
    }


def write(home: Path, first_run_day: date) -> None:
    """Write settings, cadences and templates into ``home``."""
    (home / "cadences").mkdir(parents=True)
    _write_yaml(home / "chasing.yaml", settings(first_run_day))
    for cadence in CADENCES:
        _write_yaml(home / "cadences" / f"{cadence['cadence']}.yaml", cadence)
    shutil.copytree(shipped("data") / "templates", home / "templates")


def rule_rows() -> list[tuple[str, str, int, str]]:
    """(cadence, scope, priority, condition) of each cadence."""
    return [(c["cadence"], c["scope"], c["assign"]["priority"], c["assign"]["when"]) for c in CADENCES]


def step_rows() -> list[tuple[str, int, str, str, int, bool, int, int]]:
    """(cadence, number, step, clock, day, is_contact, repeat_every, repeat_limit) of each step, in calendar days.

    A step that counts from the previous one counts from the same date as that, so many days later.
    """
    rows = []
    for cadence in CADENCES:
        clock, day = "", 0
        for number, step in enumerate(cadence["steps"], start=1):
            own = step["day"] * 7 // 5 if step.get("days") == "business" else step["day"]
            if step["clock"] == "since_previous_step":
                day += own
            else:
                clock, day = step["clock"], own
            is_contact = step["channel"] != PEOPLE_ONLY
            repeats = (step.get("repeat_every", 0), step.get("repeat_limit", 0))
            rows.append((cadence["cadence"], number, step["step"], clock, day, is_contact, *repeats))
    return rows


def _write_yaml(path: Path, content: dict[str, Any]) -> None:
    path.write_text(yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
