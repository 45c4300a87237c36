"""Unfinished work beside what is published: gone when done, and cleared away later where a process was killed."""

import os
import time
from pathlib import Path

import pytest

from chasing_pipeline.engine.scratch import ABANDONED_SECONDS, scratch_folder


def test_a_folder_is_gone_when_its_work_is_done_or_has_failed(tmp_path: Path) -> None:
    with scratch_folder(tmp_path, ".work-") as folder:
        (folder / "half").write_text("done")
        assert folder.parent == tmp_path
    with pytest.raises(ZeroDivisionError), scratch_folder(tmp_path, ".work-"):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_process_left_is_cleared_away_a_day_later_and_nothing_else(tmp_path: Path) -> None:
    old = time.time() - ABANDONED_SECONDS - 60
    for name in (".work-abandoned", ".work-busy", ".other-abandoned", "2026-03-18"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rows.parquet").write_text("")
        if name != ".work-busy":
            os.utime(tmp_path / name, (old, old))
    (tmp_path / ".work-file").write_text("")
    os.utime(tmp_path / ".work-file", (old, old))
    with scratch_folder(tmp_path, ".work-"):
        pass
    assert {path.name for path in tmp_path.iterdir()} == {".work-busy", ".other-abandoned", "2026-03-18", ".work-file"}
