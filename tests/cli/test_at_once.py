"""Commands that run at the same time on a home in which nothing has run yet."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest


@pytest.mark.slow
def test_three_first_runs_at_once_carry_out_each_action_once(sample_home: Path) -> None:
    command = [sys.executable, "-m", "chasing_pipeline", "run", "--home", str(sample_home), "--date", "2026-03-18"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    runs = [subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    said = [run.communicate()[1] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], said
    with duckdb.connect(str(sample_home / "warehouse" / "chasing.duckdb"), read_only=True) as connection:
        counted = connection.execute(
            "select kind, count(*), count(distinct action_id) from activity_log "
            "where kind in ('claimed', 'sent', 'failed') group by kind order by kind"
        ).fetchall()
        planned = connection.execute("select count(*) from action_table").fetchone()
    assert counted == [("claimed", 44, 44), ("failed", 3, 3), ("sent", 31, 31)]
    assert planned == (44,)
    assert len([path for path in (sample_home / "outbox").rglob("*") if path.is_file()]) == 31
