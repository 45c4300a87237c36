"""Live dispatchers that are killed: ``python live_torture.py HOME KILLS DISPATCHERS SEED`` and ``… HOME POINT COUNT``.

The first kills dispatchers at random moments, the second lets one kill itself when it comes to a point of the protocol
for the COUNT-th time. Both then dispatch again and again until nothing is in doubt any more, and print what was done
as JSON. Where the providers are stands in the environment. Children are forked, so that imports are paid for once.
"""

import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import lob  # noqa: F401 - what a dispatch imports when it is at work, paid for once
import pandas  # noqa: F401
import twilio.rest  # noqa: F401

from chasing_pipeline.ledger import dispatches
from chasing_pipeline.resources.chasing import Chasing

sys.path.insert(0, str(Path(__file__).parent))
from torture import Bomb, Victim, child, ended_by, settling

MOST_ROUNDS = 12
POINTS = ("before claim", "after claim", "after send", "in the middle of settling", "after settling")


def dispatch(root: Path) -> None:
    """Carry out today as the product does."""
    chasing = Chasing(root)
    chasing.dispatcher().run(chasing.clock.today(), *chasing.planned_actions(chasing.clock.today()))


def finish(root: Path, settle_seconds: float) -> int:
    """Dispatch until nothing is in doubt, at most so often; return how often."""
    for rounds in range(1, MOST_ROUNDS + 1):
        assert ended_by(child(lambda: dispatch(root))) == 0
        if not dispatches.undecided(Chasing(root).ledger):
            return rounds
        time.sleep(settle_seconds)
    return MOST_ROUNDS


def kill_at_random(root: Path, kills: int, dispatchers: int, seed: int) -> dict[str, Any]:
    """Kill until so many were hit while at work, or nothing is left to do."""
    chance = random.Random(seed)
    hits = rounds = idle = 0
    while hits < kills and idle < 3:
        victims = [Victim(lambda: dispatch(root)) for _ in range(dispatchers)]
        rounds += 1
        worked = False
        for victim in victims:
            victim.wait_until_it_claims()
            time.sleep(chance.uniform(0, 0.25))
            hit = victim.kill()
            hits += hit
            worked = worked or hit
        idle = 0 if worked else idle + 1
    return {"hits": hits, "rounds": rounds}


def kill_at(root: Path, point: str, count: int) -> dict[str, Any]:
    """Let one dispatcher die at a point."""

    def doomed() -> None:
        plant(point, count)
        dispatch(root)

    return {"killed": ended_by(child(doomed)) != 0}


def plant(point: str, count: int) -> None:
    """Arrange for this process to die there."""
    bomb, module = Bomb(count), dispatches
    changed: Any = module
    if point == "in the middle of settling":
        changed.settle = settling(bomb, module.settle)
        append = changed.append

        def appending(*args: Any) -> None:
            append(*args)
            if bomb.is_settling:
                bomb.tick()

        changed.append = appending
        return
    when, name = {
        "before claim": (bomb.before, "claim"),
        "after claim": (bomb.after, "claim"),
        "after send": (bomb.before, "settle"),
        "after settling": (bomb.after, "settle"),
    }[point]
    setattr(changed, name, when(getattr(changed, name)))


def main(home: str, *more: str) -> None:
    """Do as the module's description says."""
    root, settle_seconds = Path(home), float(os.environ["SETTLE_SECONDS"])
    result = kill_at(root, more[0], int(more[1])) if len(more) == 2 else kill_at_random(root, *map(int, more))
    print(json.dumps({**result, "finished_after": finish(root, settle_seconds)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
