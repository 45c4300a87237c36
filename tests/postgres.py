"""A PostgreSQL server of the tests' own: made when the first test asks for it, gone with the last.

Its data are worth nothing, so it does not wait for the disk. Does not belong here: what is tested with it.
"""

import getpass
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg

PORT = 5432  # of the socket's name only: the server listens on no network
# the server refuses to run as root
IS_ROOT = os.geteuid() == 0
USER = "postgres" if IS_ROOT else getpass.getuser()
AS_USER = {"user": USER, "group": USER, "extra_groups": []} if IS_ROOT else {}
UNSAFE_BUT_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def binaries() -> Path | None:
    """The folder of the server's programs; None where there are none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


class Server:
    """A server that runs, and makes databases."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.process = process
        self._numbers = count(1)

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"create database {name}")
        return f"postgresql://{USER}@/{name}?host={self.folder}&port={PORT}"

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """What the server answers to its own administrator."""
        with psycopg.connect(host=str(self.folder), port=PORT, user=USER, dbname="postgres", autocommit=True) as server:
            answer = server.execute(statement)
            return answer.fetchall() if answer.description else []


@contextmanager
def server(programs: Path) -> Iterator[Server]:
    """A server in a folder of its own, which goes with it."""
    folder = Path(tempfile.mkdtemp(prefix="chasing-pg-"))  # short, for a socket's path is limited
    try:
        if IS_ROOT:
            shutil.chown(folder, USER, USER)
        data = folder / "data"
        initdb = [programs / "initdb", "-D", data, "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(initdb, check=True, capture_output=True, cwd=folder, **AS_USER)
        options = [part for setting in UNSAFE_BUT_FAST for part in ("-c", setting)]
        command = [
            programs / "postgres",
            "-D",
            data,
            "-k",
            folder,
            "-p",
            str(PORT),
            "-c",
            "listen_addresses=",
            *options,
        ]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **AS_USER)
        try:
            _wait(programs, folder)
            yield Server(folder, process)
        finally:
            process.send_signal(signal.SIGQUIT)  # at once: what it has not written yet is not needed
            process.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(programs: Path, folder: Path) -> None:
    ready = [programs / "pg_isready", "-h", folder, "-p", str(PORT), "-t", "1", "-q"]
    for _ in range(300):
        if subprocess.run(ready).returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError((folder / "log").read_text(encoding="utf-8"))
