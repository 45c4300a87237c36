"""``python -m benchmarks.sending``: how fast each channel sends, against stand-ins on loopback that take their time.

Messages a second, ledger and PDF included, over what K connections can do at all: the smaller of K / (latency of a
message) and the provider's own rate. CPU a message is that of the dispatcher. The stand-ins run in a process of their
own, on the same machine.
Does not belong here: planning (``python -m benchmarks``).
"""

import argparse
import math
import os
import re
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import func, select

from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.live_settings import Live
from chasing_pipeline.ledger.schema import activities
from chasing_pipeline.resources.chasing import Chasing
from tests.conftest import plan_day
from tests.crash.live_homes import LiveHome
from tests.stand_ins.serving import CERTIFICATE

CONNECTIONS = 10
LATENCY = {Channel.EMAIL: 0.05, Channel.SMS: 0.1, Channel.AUTO_CALL: 0.1, Channel.LETTER: 0.3}
"""Seconds a round trip takes."""
ROUND_TRIPS = {Channel.EMAIL: 5, Channel.SMS: 1, Channel.AUTO_CALL: 1, Channel.LETTER: 1}
"""An e-mail with a copy to the archive: MAIL, RCPT, RCPT, DATA and the dot."""
PROVIDER = {Channel.LETTER: 30}
"""What the provider takes a second, where that is less: 150 letters in 5 seconds."""
LETTERS_A_SECOND = Live().rates.letter
"""How fast letters are sent, as the settings have it: a little slower, for what looks for letters counts as well."""
TARGET = 0.85


def main() -> int:
    """Measure each channel, or carry out the dispatch of one run (``--run HOME``)."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sending", description=__doc__)
    parser.add_argument("--messages", type=int, default=900, help="of a run, at most 1000 (default: %(default)s)")
    parser.add_argument("--repeat", type=int, default=3, help="runs, of which the median counts (default: %(default)s)")
    parser.add_argument("--only", type=Channel, action="append", help="a channel")
    parser.add_argument("--run", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run is not None:
        _dispatch(given.run)
        return 0
    print("| channel | sends a second | of at most | share | target | CPU ms a message |")
    print("|---|---:|---:|---:|---:|---:|")
    for channel in given.only or LATENCY:
        most = min(CONNECTIONS / (LATENCY[channel] * ROUND_TRIPS[channel]), PROVIDER.get(channel, math.inf))
        runs = [_measured(channel, given.messages) for _ in range(given.repeat)]
        rate, cpu = median(run[0] for run in runs), median(run[1] for run in runs)
        print(f"| {channel.value} | {rate:.1f} | {most:.0f} | {rate / most:.2f} | {TARGET} | {cpu:.1f} |", flush=True)
    return 0


def _measured(channel: Channel, messages: int) -> tuple[float, float]:
    """(messages a second, CPU milliseconds a message) of one dispatch."""
    with tempfile.TemporaryDirectory(prefix="sending-") as place, _stand_ins(LATENCY[channel]) as variables:
        home = LiveHome(Path(place), channel).create(messages, CONNECTIONS, letters_a_second=LETTERS_A_SECOND)
        chasing = home.open()
        plan_day(chasing)
        command = [sys.executable, "-m", "benchmarks.sending", "--run", place]
        done = subprocess.run(command, env={**os.environ, **variables}, capture_output=True, text=True, check=True)
        with chasing.ledger.reading() as connection:
            first = _at(connection, func.min, "claimed")
            last = _at(connection, func.max, "sent")
            count = connection.scalar(select(func.count()).where(activities.c.kind == "sent"))
        chasing.ledger.close()
    if count != messages:
        raise SystemExit(f"{channel.value}: {count} of {messages} were sent\n{done.stderr}")
    return messages / (last - first).total_seconds(), 1000 * float(done.stdout) / messages


def _at(connection: Any, which: Any, kind: str) -> datetime:
    found = connection.scalar(select(which(activities.c.occurred_at)).where(activities.c.kind == kind))
    assert isinstance(found, datetime)
    return found


def _dispatch(root: Path) -> None:
    """Carry out the day; print the CPU seconds that it took beyond getting ready."""
    chasing = Chasing(root)
    dispatcher, planned = chasing.dispatcher(), chasing.planned_actions(chasing.clock.today())
    before = _cpu()
    report = dispatcher.run(chasing.clock.today(), *planned)
    print(_cpu() - before)
    print(dict(report.outcomes), *report.remarks, sep="\n", file=sys.stderr)


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def _stand_ins(latency: float) -> Iterator[dict[str, str]]:
    """The providers in a process of their own; yields what to put into the environment."""
    ports = [f"--{name}-port=0" for name in ("twilio", "lob", "mail", "smtp", "imap")]
    command = [sys.executable, "-m", "tests.stand_ins", *ports, "--pace=0", f"--faults=latency={latency}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        variables = {"SSL_CERT_FILE": str(CERTIFICATE)}
        for line in process.stdout:
            found = re.fullmatch(r"export (\w+)='(.*)'\n", line)
            if found:
                variables[found[1]] = found[2]
            elif line.startswith("# Ctrl-C"):
                break
        # what it says of each message must be read, or it would wait for ever
        swallow = [sys.executable, "-c", "import sys; sys.stdin.read()"]
        drain = subprocess.Popen(swallow, stdin=process.stdout)
        try:
            yield variables
        finally:
            process.terminate()
            process.wait()
            drain.wait()


if __name__ == "__main__":
    sys.exit(main())
