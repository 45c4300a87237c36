"""The command ``desk``: its users, what it refuses to start with, and that it serves until it is stopped."""

import io
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from chasing_pipeline.desk.users import Role, Users
from tests.cli.conftest import execute
from tests.desk.serving import PASSWORD, users_of


def add(home: Path, monkeypatch: pytest.MonkeyPatch, *options: str, password: str = PASSWORD) -> tuple[int, str]:
    """``desk add-user`` with the password on standard input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    done = execute("desk", "add-user", "Jane Doe", "--home", home, *options)
    return done.code, done.err


def test_a_user_is_added_changed_and_removed(sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert add(sample_home, monkeypatch)[0] == 0
    users = Users(sample_home / "desk-users.yaml")
    found = users.check("Jane Doe", PASSWORD)
    assert found
    assert (found.role, found.teams) == (Role.WORK, ("team",))
    options = ("--role", "release", "--email", "jane@example.com", "--team", "north", "--team", "south")
    assert add(sample_home, monkeypatch, *options, password="another password")[0] == 0
    assert users.check("Jane Doe", PASSWORD) is None
    changed = users.check("Jane Doe", "another password")
    assert changed
    assert (changed.role, changed.email, changed.teams) == (Role.RELEASE, "jane@example.com", ("north", "south"))
    assert execute("desk", "remove-user", "Jane Doe", "--home", sample_home).code == 0
    assert users.all() == {}


def test_a_password_that_is_too_short_is_refused(sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = add(sample_home, monkeypatch, password="short")
    assert code == 1
    assert "at least 10 characters" in said
    assert not (sample_home / "desk-users.yaml").exists()


def test_a_role_that_there_is_not_is_wrong_usage(sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert add(sample_home, monkeypatch, "--role", "admin")[0] == 2


def test_the_users_may_be_kept_elsewhere(sample_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHASING_DESK_USERS", str(tmp_path / "elsewhere" / "users.yaml"))
    assert add(sample_home, monkeypatch)[0] == 0
    assert (tmp_path / "elsewhere" / "users.yaml").exists()
    assert not (sample_home / "desk-users.yaml").exists()


def test_a_desk_that_nobody_may_use_does_not_start(sample_home: Path) -> None:
    refused = execute("desk", "--home", sample_home)
    assert refused.code == 1
    assert "nobody may use the desk yet; add somebody with: chasing desk add-user" in refused.err


def test_a_short_secret_is_refused_and_not_repeated(sample_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    users_of(sample_home)
    monkeypatch.setenv("CHASING_DESK_SECRET", "hunter2")
    refused = execute("desk", "--home", sample_home)
    assert refused.code == 1
    assert "CHASING_DESK_SECRET is too short" in refused.err
    assert "hunter2" not in refused.err


def test_a_header_needs_somebody_who_is_believed(sample_home: Path) -> None:
    users_of(sample_home)
    assert execute("desk", "--home", sample_home, "--proxy-header", "X-Forwarded-User").code == 2


def test_a_fault_in_the_file_of_users_is_told_with_its_line(sample_home: Path) -> None:
    (sample_home / "desk-users.yaml").write_text("users:\n  Jane Doe: {role: queen}\n")
    refused = execute("desk", "--home", sample_home)
    assert refused.code == 1
    assert "desk-users.yaml:2" in refused.err


def test_it_serves_on_loopback_until_it_is_stopped(sample_home: Path) -> None:
    users_of(sample_home)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "chasing_pipeline", "desk", "--home", str(sample_home), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=dict(os.environ)) as running:
        for _ in range(600):
            try:
                assert requests.get(f"http://127.0.0.1:{port}/health", timeout=5).text == "ok"
                break
            except requests.ConnectionError:
                assert running.poll() is None
                time.sleep(0.1)
        requests.get(f"http://127.0.0.1:{port}/customers?search=Pelican", timeout=20)
        running.send_signal(signal.SIGTERM)
        _, said = running.communicate(timeout=30)
    assert f"open http://127.0.0.1:{port}" in said
    assert "Pelican" not in said
    assert "Traceback" not in said
