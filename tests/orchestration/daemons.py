"""The command and a real daemon in processes of their own, on a home and with this checkout's code.

The daemon's clock may be another one than the machine's (``MovableClock``), which takes a C compiler.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE = 480
"""Seconds: on a machine that has other things to do, a daemon takes its time."""


class MovableClock:
    """A wall clock for other processes that goes on as the machine's does, and jumps when the test says so."""

    COMPILER = shutil.which("cc")

    def __init__(self, folder: Path) -> None:
        self._file, self._library = folder / "seconds-ahead", folder / "movable_clock.so"
        source = Path(__file__).with_name("movable_clock.c")
        subprocess.run([str(self.COMPILER), "-shared", "-fPIC", "-o", str(self._library), str(source)], check=True)

    @property
    def variables(self) -> dict[str, str]:
        """What makes a process go by this clock."""
        return {"LD_PRELOAD": str(self._library), "SECONDS_AHEAD": str(self._file)}

    def jump(self, to: datetime) -> None:
        """It is ``to`` now."""
        whole = self._file.with_suffix(".new")
        whole.write_text(f"{(to - datetime.now(UTC)).total_seconds():.0f}\n")
        whole.replace(self._file)


def environment(home: Path) -> dict[str, str]:
    """A process's environment for that home, with this checkout's code."""
    own = {"CHASING_HOME": str(home), "DAGSTER_HOME": str(home / ".dagster"), "PYTHONPATH": str(REPOSITORY)}
    return {**os.environ, **own}


def chasing(home: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command, in a process of its own."""
    command = [sys.executable, "-m", "chasing_pipeline", *arguments, "--home", str(home)]
    return subprocess.Popen(command, env=environment(home), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def finished(process: subprocess.Popen[str]) -> str:
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    return said


@contextmanager
def daemon(home: Path, log: Path, more: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
    """``dagster-daemon``, with its code server, until the end of the block; ``more``: environment variables."""
    command = [str(Path(sys.executable).parent / "dagster-daemon"), "run", "-w", str(REPOSITORY / "workspace.yaml")]
    with log.open("w") as stream:
        process = subprocess.Popen(command, env={**environment(home), **more}, stdout=stream, stderr=subprocess.STDOUT)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for(what: Callable[[], Any], log: Path) -> Any:
    """What ``what`` returns once it is true."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = what()
        if found:
            return found
        time.sleep(2)
    raise AssertionError(log.read_text()[-3000:])
