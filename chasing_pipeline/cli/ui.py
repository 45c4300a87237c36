"""The command ``ui``: Dagster's web server and daemon, for one chasing home, until they are stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from chasing_pipeline.cli.options import HomeOption, open_home, say
from chasing_pipeline.files import shipped

SECONDS_TO_STOP = 20


def register(app: typer.Typer) -> None:
    """Add this family to the command."""
    app.command()(ui)


def ui(
    home: HomeOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on; loopback unless you protect it.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 3000,
) -> None:
    """Open the orchestrator's web UI, with the daemon that runs the schedule and the sensors.

    Examples:

        chasing ui

        chasing ui --home /srv/chasing --port 3001
    """
    from chasing_pipeline.cli.orchestrated import dagster_home, open_instance

    chasing = open_home(home)
    folder = dagster_home(chasing.home.root)
    # made before the two servers start, which would both try to
    open_instance(folder).dispose()
    workspace = str(shipped("workspace.yaml"))
    environment = {**os.environ, "DAGSTER_HOME": str(folder), "CHASING_HOME": str(chasing.home.root)}
    tools = Path(sys.executable).parent
    commands = [
        [str(tools / "dagster-webserver"), "-w", workspace, "-h", host, "-p", str(port)],
        [str(tools / "dagster-daemon"), "run", "-w", workspace],
    ]
    say(f"chasing home {chasing.home.root}, DAGSTER_HOME {folder}")
    say(f"open http://{host}:{port} ; stop with Ctrl-C")
    # whoever stops this command must not leave its two servers behind
    signal.signal(signal.SIGTERM, _interrupt)
    running = [subprocess.Popen(command, env=environment) for command in commands]
    try:
        while all(process.poll() is None for process in running):
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        _stop(running)
    raise typer.Exit(max(0, *(process.returncode or 0 for process in running)))


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _stop(running: list[subprocess.Popen[bytes]]) -> None:
    for process in running:
        if process.poll() is None:
            process.terminate()
    for process in running:
        try:
            process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
