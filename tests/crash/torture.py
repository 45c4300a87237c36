"""Dispatchers that are killed: a child process works on a planned home until its parent, or it itself, ends it.

``python torture.py random HOME DAY KILLS DISPATCHERS SEED`` kills dispatchers at random moments and prints how often
one was hit, working on as many copies of the home as that takes. ``python torture.py points HOME DAY COUNT…`` runs, for
each point of the protocol and each count, a dispatcher that kills itself when it comes there for the COUNT-th time,
each on a copy of its own. Both let a last dispatcher run to the end. Children are forked, so that the imports are paid
for once. Sendings take a moment, as a provider's would.
"""

import json
import os
import random
import select
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import holidays  # noqa: F401 - what a dispatch imports when it is at work, paid for once
import pandas  # noqa: F401

from chasing_pipeline.channels import sandbox
from chasing_pipeline.channels.protocol import Commit, Order, Receipt
from chasing_pipeline.channels.sandbox import SandboxSender
from chasing_pipeline.dispatching.dispatcher import Dispatcher
from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import Message
from chasing_pipeline.domain.problems import Problem
from chasing_pipeline.ledger import dispatches
from chasing_pipeline.messages.maker import MessageMaker
from chasing_pipeline.resources.chasing import Chasing

Function = Callable[..., Any]
POINTS = (
    "before claim",
    "after claim",
    "in the middle of a send",
    "after send, before settle",
    "in the middle of settling",
    "after settling",
)


class SlowSender(SandboxSender):
    """The sandbox at the speed of a provider: it takes a moment before and after the message is out.

    Each sending leaves a line in ``sendings``: a second one would only replace the message's file.
    """

    def send(self, order: Order, message: Message, commit: Commit) -> Receipt:
        """Send in 6 ms."""

        def commit_slowly() -> None:
            commit()
            time.sleep(0.003)

        receipt = super().send(order, message, commit_slowly)
        with (self._outbox.parent / "sendings").open("a") as journal:
            journal.write(f"{order.dispatch_id}\n")
        time.sleep(0.003)
        return receipt


class UncheckedMessages(MessageMaker):
    """The product's messages without the trial of all templates, which takes longer than all the sendings."""

    def faults(self, actions: Iterable[Action]) -> dict[tuple[str, Channel], list[Problem]]:
        """The sample's templates are in order."""
        return {}


def dispatch(root: Path, day: date) -> None:
    """Carry out the day as the product does, with slow senders."""
    chasing = Chasing(root, day)
    senders = dict.fromkeys(chasing.senders, SlowSender(chasing.home.outbox))
    messages = UncheckedMessages(chasing.home.templates, chasing.home.settings)
    dispatcher = Dispatcher(chasing.home, chasing.ledger, chasing.clock, senders, messages, chasing.ownership)
    dispatcher.run(day, *chasing.planned_actions(day))


def child(work: Callable[[], None]) -> int:
    """Do ``work`` in a forked process; return its id at once."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        work()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def ended_by(pid: int) -> int:
    """Wait for a child; return the signal that killed it, 0 where it ended by itself. Raises where it failed."""
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    if os.WEXITSTATUS(status):
        raise SystemExit("a dispatcher failed by itself; see standard error")
    return 0


def finish(home: Path, day: date) -> None:
    """Let a dispatcher run to the end."""
    assert ended_by(child(lambda: dispatch(home, day))) == 0


class Victim:
    """A forked dispatcher that says when it claims its first action."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._reading, writing = os.pipe()

        def telling() -> None:
            os.close(self._reading)
            claim = dispatches.claim

            def told(*args: Any) -> Any:
                dispatches.claim = claim
                os.write(writing, b".")
                return claim(*args)

            dispatches.claim = told
            work()

        self._pid = child(telling)
        os.close(writing)

    def wait_until_it_claims(self) -> None:
        """Wait until it claims something, or ends without."""
        select.select([self._reading], [], [], 60)

    def kill(self) -> bool:
        """Kill it; return whether it was still at work."""
        os.kill(self._pid, signal.SIGKILL)
        os.close(self._reading)
        return ended_by(self._pid) == signal.SIGKILL


def torture(planned: Path, day: date, kills: int, dispatchers: int, seed: int) -> dict[str, object]:
    """Kill until ``kills`` dispatchers were hit; return what was done, with the homes that were worked on."""
    chance = random.Random(seed)
    homes: list[str] = []
    hits = rounds = 0
    while hits < kills:
        home = Path(shutil.copytree(planned, planned.with_name(f"{planned.name}-{len(homes)}")))
        homes.append(str(home))
        finished = False
        while hits < kills and not finished:
            victims = [Victim(partial(dispatch, home, day)) for _ in range(dispatchers)]
            rounds += 1
            for victim in victims:
                # every third one while it still looks and plans, the others among their first sendings
                if rounds % 3:
                    victim.wait_until_it_claims()
                time.sleep(chance.uniform(0, 0.12 if rounds % 3 else 0.4))
                was_hit = victim.kill()
                hits += was_hit
                finished = finished or not was_hit
        finish(home, day)
    return {"hits": hits, "rounds": rounds, "homes": homes}


def die(*_: Any) -> None:
    """What kill -9 does."""
    os.kill(os.getpid(), signal.SIGKILL)


class Bomb:
    """Kills this process when it is passed for the ``count``-th time."""

    def __init__(self, count: int) -> None:
        self.left = count
        self.is_settling = False

    def tick(self) -> None:
        """Pass once."""
        self.left -= 1
        if self.left == 0:
            die()

    def before(self, function: Function) -> Function:
        """``function``, with the bomb before it."""

        def wrapped(*args: Any, **named: Any) -> Any:
            self.tick()
            return function(*args, **named)

        return wrapped

    def after(self, function: Function) -> Function:
        """``function``, with the bomb after it."""

        def wrapped(*args: Any, **named: Any) -> Any:
            result = function(*args, **named)
            self.tick()
            return result

        return wrapped


def settling(bomb: Bomb, settle: Function) -> Function:
    """``settle``, which says while it is at work."""

    def wrapped(*args: Any, **named: Any) -> Any:
        bomb.is_settling = True
        result = settle(*args, **named)
        bomb.is_settling = False
        return result

    return wrapped


def half_writing(bomb: Bomb, write: Function) -> Function:
    """``write``, which is killed when half of the file is there under its temporary name."""

    def wrapped(path: Path, content: bytes) -> None:
        if bomb.left == 1:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.with_name(f".{path.name}.{os.getpid()}").write_bytes(content[: len(content) // 2])
        bomb.tick()
        write(path, content)

    return wrapped


def in_settling(bomb: Bomb, append: Function) -> Function:
    """``append``, with the bomb after it where it is part of settling."""

    def wrapped(*args: Any) -> None:
        append(*args)
        if bomb.is_settling:
            bomb.tick()

    return wrapped


def plant(point: str, count: int) -> None:
    """Arrange for this process to die at a point of the protocol."""
    bomb = Bomb(count)
    module: Any = dispatches
    if point == "in the middle of a send":
        sandbox.write_text = half_writing(bomb, sandbox.write_text)
    elif point == "after send, before settle":
        SlowSender.send = bomb.after(SlowSender.send)  # type: ignore[method-assign]
    elif point == "in the middle of settling":
        module.settle = settling(bomb, module.settle)
        module.append = in_settling(bomb, module.append)
    else:
        when, name = {
            "before claim": (bomb.before, "claim"),
            "after claim": (bomb.after, "claim"),
            "after settling": (bomb.after, "settle"),
        }[point]
        setattr(module, name, when(getattr(module, name)))


def at_points(planned: Path, day: date, counts: list[int]) -> list[dict[str, object]]:
    """For each point and count: let one dispatcher die there, then another one run to the end."""
    results: list[dict[str, object]] = []
    for point in POINTS:
        for count in counts:
            home = Path(shutil.copytree(planned, planned.with_name(f"{planned.name}-{len(results)}")))

            def doomed(point: str = point, count: int = count, home: Path = home) -> None:
                plant(point, count)
                dispatch(home, day)

            signum = ended_by(child(doomed))
            finish(home, day)
            killed = signum == signal.SIGKILL
            results.append({"point": point, "count": count, "killed": killed, "home": str(home)})
    return results


def main(mode: str, home: str, day: str, *more: str) -> None:
    """Do as the module's description says; print the result as JSON."""
    if mode == "random":
        kills, dispatchers, seed = map(int, more)
        print(json.dumps(torture(Path(home), date.fromisoformat(day), kills, dispatchers, seed)))
    else:
        print(json.dumps(at_points(Path(home), date.fromisoformat(day), [int(count) for count in more])))


if __name__ == "__main__":
    main(*sys.argv[1:])
