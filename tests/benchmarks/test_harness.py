"""The harness: medians and ratios, and that one failure hides nothing else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from benchmarks.generate import Receivables
from benchmarks.harness import Finding, Outcome, evaluate, run_rounds
from benchmarks.measurements import Figure, Measurement, Size, Task, first_over_second, measurements
from benchmarks.report import markdown, print_table
from benchmarks.tasks import TASKS, cpu_seconds

UPPER, LOWER = Task.of("upper"), Task.of("lower")
RATIO = Measurement(
    "ratio", "upper / lower", (Figure("upper", UPPER), Figure("lower", LOWER)), first_over_second, 2, "Both: nothing."
)


def outcome(*seconds: float, **more: Any) -> Outcome:
    return Outcome([{"cpu": value, **more} for value in seconds])


def test_a_ratio_is_that_of_the_medians() -> None:
    finding = evaluate(RATIO, {UPPER: outcome(1, 9, 3), LOWER: outcome(2, 1, 2)})
    assert (finding.medians, finding.value, finding.verdict) == ((3, 2), 1.5, "reached")


def test_a_value_above_its_target_is_missed_and_one_without_a_target_is_not_judged() -> None:
    slow = {UPPER: outcome(5), LOWER: outcome(2)}
    assert evaluate(RATIO, slow).verdict == "missed"
    assert evaluate(replace(RATIO, target=None), slow).verdict == ""


def test_results_that_differ_are_a_failure() -> None:
    same = replace(RATIO, agree=(UPPER, LOWER), agree_on=("totals",))
    assert evaluate(same, {UPPER: outcome(1, totals=[7]), LOWER: outcome(1, totals=[7])}).verdict == "reached"
    finding = evaluate(same, {UPPER: outcome(1, totals=[7]), LOWER: outcome(1, totals=[8])})
    assert finding.verdict == "failed"
    assert finding.failure == "results differ in totals: [7] against [8]"


def test_a_task_that_fails_is_shown_and_the_others_go_on(receivables: Receivables) -> None:
    size = Size(0.008, receivables)
    scan = size.scan(past=True)
    broken = Task.of("scan", home="/nowhere", progress="/nowhere")
    found = [
        replace(RATIO, name="broken", figures=(Figure("broken", broken), Figure("scan", scan))),
        replace(RATIO, name="works", figures=(Figure("scan", scan), Figure("scan", scan))),
    ]
    seen = []
    outcomes = run_rounds(found, repeat=2, timeout=60, on_task=lambda number, task: seen.append((number, task)))
    assert seen == [(1, broken), (1, scan), (2, scan)]
    failed, works = (evaluate(one, outcomes) for one in found)
    assert failed.verdict == "failed"
    assert "No files found" in (failed.failure or "")
    assert (works.verdict, works.value) == ("reached", 1)
    text = markdown([failed, works], "make bench", 2)
    assert "| broken | upper / lower | scan: IOException: " in text
    assert "| works | upper / lower | scan " in text


def test_a_task_that_takes_too_long_is_a_failure(receivables: Receivables) -> None:
    task = Size(0.008, receivables).plan(past=True)
    slow = replace(RATIO, figures=(Figure("plan", task), Figure("plan", task)))
    assert evaluate(slow, run_rounds([slow], 1, timeout=0.01)).failure == "plan_day: not finished after 0.01 s"


def test_every_measurement_has_tasks_that_exist_and_says_what_it_includes(
    receivables: Receivables, tmp_path: Path
) -> None:
    found = measurements([Size(1, receivables), Size(10, receivables)], [Size(0.002, receivables)], tmp_path)
    assert {task.name for one in found for task in one.tasks} == set(TASKS)
    assert all(one.includes.endswith(".") for one in found)
    assert [one.target for one in found if one.name.startswith("growth")] == [12, 12]
    assert len({(one.name, one.title) for one in found}) == len(found)


def test_the_table_shows_every_finding(capsys: pytest.CaptureFixture[str]) -> None:
    findings = [Finding(RATIO, (3.0, 2.0), value=1.5), Finding(RATIO, failure="it broke")]
    print_table(findings, Console(width=160))
    shown = capsys.readouterr().out
    assert "upper 3 s, lower 2 s" in shown
    assert "1.5 ×" in shown
    assert "it broke" in shown


def test_cpu_seconds_count_every_thread() -> None:
    from hashlib import sha256
    from threading import Thread
    from time import thread_time

    before, own = cpu_seconds(), thread_time()
    thread = Thread(target=lambda: [sha256(bytes(1_000_000)) for _ in range(300)])
    thread.start()
    thread.join()
    assert cpu_seconds() - before > 10 * (thread_time() - own)
