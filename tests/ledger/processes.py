"""Python programs that start at the same moment: each prints ``ready``, then waits for a line on its input."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def together(program: Path, calls: Sequence[Sequence[str]]) -> list[str]:
    """What each call printed, once all have ended without an error."""
    started = [
        subprocess.Popen(
            [sys.executable, str(program), *call],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for call in calls
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", process.communicate()[1]
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        answers = [process.communicate(timeout=120) for process in started]
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert [process.returncode for process in started] == [0] * len(started), [errors for _, errors in answers]
    return [answer for answer, _ in answers]


def wait_for_the_start() -> None:
    """Say that this process is ready, and wait for the others."""
    print("ready", flush=True)
    sys.stdin.readline()
