"""``chasing release`` and what the other commands say while actions are held for approval."""

from pathlib import Path

import pytest

from .conftest import DAY, Command


@pytest.fixture
def held_home(chasing: Command, new_home: Path) -> Path:
    """A home whose day was run while its cadences ask for approval: C1's e-mail and C2's call are held."""
    for path in (new_home / "cadences").glob("*.yaml"):
        path.write_text(path.read_text(encoding="utf-8") + "\napprove: always\n", encoding="utf-8")
    ran = chasing("run", "--home", new_home, "--date", DAY)
    assert ran.code == 0, ran.err
    assert f"{DAY}: 3 actions planned, 2 of them held for approval." in ran.err
    assert "2 held for approval" in ran.err
    assert f"release --all --date {DAY} --by YOUR-NAME --home {new_home}" in ran.err
    return new_home


def ids(chasing: Command, home: Path) -> dict[str, tuple[str, str]]:
    """(id, status) of each customer's action."""
    shown = chasing("actions", "--home", home, "--date", DAY, "--format", "csv")
    assert shown.err == "", "machines get the rows alone"
    return {row["customer_number"]: (row["action_id"], row["status"]) for row in shown.rows()}


def test_held_actions_are_shown_and_explained(chasing: Command, held_home: Path) -> None:
    assert {name: status for name, (_, status) in ids(chasing, held_home).items()} == {
        "C1": "held", "C2": "held", "C3": "unreachable",
    }  # fmt: skip
    assert (
        "held for approval: 2; release with: chasing release --all"
        in chasing("actions", "--home", held_home, "--date", DAY).err
    )
    assert "It waits until somebody releases it" in chasing("explain", "C1", "--home", held_home, "--date", DAY).out
    dry = chasing("dispatch", "--home", held_home, "--date", DAY, "--dry-run")
    assert f"2 actions of {DAY} are owed, 2 of them held for approval; nothing was done." in dry.err


def test_a_released_action_goes_out_with_the_next_dispatch(chasing: Command, held_home: Path) -> None:
    action_id, _ = ids(chasing, held_home)["C1"]
    arguments = ("--home", held_home, "--date", DAY, "--by", "Jane Doe")
    done = chasing("release", action_id, *arguments)
    assert (done.code, done.out) == (0, "")
    assert "1 action is released by Jane Doe; what is released goes out with the next dispatch: chasing" in done.err
    assert ids(chasing, held_home)["C1"][1] == "ready"
    assert "None of these actions" in chasing("release", action_id, *arguments).err
    assert "waits" not in chasing("explain", "C1", "--home", held_home, "--date", DAY).out
    sent = chasing("dispatch", "--home", held_home, "--date", DAY)
    assert "1 held for approval, 1 sent" in sent.err
    told = chasing("explain", "C1", "--home", held_home, "--date", DAY).out
    assert "released for sending" in told
    assert "Jane Doe" in told


def test_all_of_a_cadence_are_released_in_the_users_name_by_default(chasing: Command, held_home: Path) -> None:
    shown = chasing("release", "--all", "--step", "call", "--home", held_home, "--date", DAY)
    assert "1 action is released by Jo Tester" in shown.err
    assert {name: status for name, (_, status) in ids(chasing, held_home).items()}["C2"] == "todo"
    sent = chasing("run", "--home", held_home, "--date", DAY)
    assert "1 put on the to-do list" in sent.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "give the ids of actions, or --all"),
        (("--all", "f00"), 2, "give the ids of actions, or --all"),
        (("f00", "--step", "call"), 2, "--cadence and --step go with --all"),
        (("--all", "--by", " "), 2, "--by needs the name"),
        (("f00",), 1, "there is no action with the id f00 today; nothing was released"),
        (("--all", "--cadence", "nobody"), 1, "there is no action of the cadence nobody today"),
    ],
)
def test_what_can_t_be_released_is_said(
    chasing: Command, ran_copy: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    refused = chasing("release", *arguments, "--home", ran_copy, "--date", DAY)
    assert refused.code == code
    assert words in refused.err


def test_another_days_actions_are_not_released(chasing: Command, held_home: Path) -> None:
    settings = held_home / "chasing.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("mode: sandbox", "mode: live"), encoding="utf-8")
    assert "mode: live" in settings.read_text(encoding="utf-8")
    refused = chasing("release", "--all", "--home", held_home, "--date", DAY)
    assert refused.code == 1
    assert "only today's actions are released, and today is" in refused.err
