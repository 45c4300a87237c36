"""Several processes that owe, claim, settle and cancel the same actions at the same moment."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from chasing_pipeline.ledger.activities import of_days
from chasing_pipeline.ledger.schema import claims, daily_counts, dispatches
from chasing_pipeline.ledger.store import Ledger

from .processes import together
from .racer import ACTIONS, COUNT, DAY, ROUNDS

RACER = Path(__file__).with_name("racer.py")


def race(url: str, racers: int, limit: str = "") -> dict[str, list[Any]]:
    """What the racers did together; several of them did something."""
    answers = [json.loads(text) for text in together(RACER, [[url, str(seed), limit] for seed in range(racers)])]
    assert sum(bool(answer["claimed"]) for answer in answers) > 1, "one had done everything before another began"
    did = {
        name: [tuple(pair) for answer in answers for pair in answer[name]] for name in answers[0] if name != "refused"
    }
    did["refused"] = list(sum((Counter(answer["refused"]) for answer in answers), Counter()).items())
    return did


def assert_the_ledger_agrees(ledger: Ledger, did: dict[str, list[Any]]) -> None:
    """No attempt was taken twice, nothing was sent twice, and the ledger tells just what happened."""
    assert len(set(did["claimed"])) == len(did["claimed"])
    sent = [name for name, _ in did["sent"]]
    assert len(set(sent)) == len(sent)
    kinds = Counter(row["kind"] for row in of_days(ledger, [DAY]))
    wanted = {kind: len(did[kind]) for kind in ("claimed", "sent", "cancelled")}
    assert kinds == wanted
    with ledger.reading() as connection:
        states = {row.action_id: row for row in connection.execute(select(dispatches))}
        counts = {row.channel: row.number for row in connection.execute(select(daily_counts))}
        units = list(connection.scalars(select(claims.c.action_id)))
    assert sorted(units) == sorted(ACTIONS)
    assert {name for name, row in states.items() if row.state == "sent"} == set(sent)
    assert {row.state for row in states.values()} <= {"sent", "planned", "cancelled"}
    attempts = Counter(name for name, _ in [*did["claimed"], *did["cancelled"]])
    assert {name: row.attempt for name, row in states.items()} == {name: attempts[name] for name in states}
    by_channel = Counter(ACTIONS[name].channel.value for name in sent)
    assert counts == {**by_channel, "*": len(sent)}


@pytest.mark.parametrize("racers", [2, 4])
def test_no_action_is_claimed_or_sent_twice(ledger: Ledger, ledger_url: str, racers: int) -> None:
    did = race(ledger_url, racers)
    assert_the_ledger_agrees(ledger, did)
    # with so few in each other's way the test would prove nothing
    assert dict(did["refused"])["taken"] > 5
    assert len(did["sent"]) > COUNT * (1 - 0.3**ROUNDS) / 2


def test_several_processes_together_keep_the_limit_of_a_day(ledger: Ledger, ledger_url: str) -> None:
    did = race(ledger_url, 4, limit="20")
    assert_the_ledger_agrees(ledger, did)
    assert len(did["sent"]) == 20
    assert dict(did["refused"])["over_limit"] > 0
