"""Shows findings: a table on the terminal, Markdown for the documentation.

Does not belong here: what was found (``harness``).
"""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.harness import Finding
from benchmarks.measurements import Figure

SHOWN_VERSIONS = ("duckdb", "polars", "pandas", "pyarrow", "dagster")
STYLES = {"reached": "green", "missed": "yellow", "failed": "red"}


def machine() -> str:
    """The machine and the versions, in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in SHOWN_VERSIONS)
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {versions}"
    )


def columns(finding: Finding) -> tuple[str, ...]:
    """A finding as text: its name, what it is, the medians, the value, the target, the verdict."""
    measurement = finding.measurement
    if finding.failure:
        figures = finding.failure
    else:
        pairs = [
            *zip(measurement.figures, finding.medians, strict=True),
            *zip(measurement.shown, finding.shown, strict=True),
        ]
        figures = ", ".join(_figure(figure, value) for figure, value in pairs)
    value = "" if finding.value is None else _value(finding.value, measurement.unit)
    target = "" if measurement.target is None else f"≤ {_value(measurement.target, measurement.unit)}"
    return measurement.name, measurement.title, figures, value, target, finding.verdict


def print_table(findings: Sequence[Finding], console: Console) -> None:
    """Print the findings as a table, and what each figure includes below it."""
    table = Table(title="Medians in CPU seconds", title_justify="left", show_lines=True)
    for name in ("name", "measurement", "medians", "value", "target", ""):
        table.add_column(name, justify="right" if name in ("value", "target") else "left", overflow="fold")
    for finding in findings:
        *texts, verdict = columns(finding)
        table.add_row(*texts, f"[{STYLES[verdict]}]{verdict}[/]" if verdict else "")
    console.print(table)
    console.print("What each includes", style="bold")
    for names, includes in _notes(findings):
        console.print(f"• {names}: {includes}", highlight=False, markup=False)


def markdown(findings: Sequence[Finding], command: str, repeat: int) -> str:
    """The findings for ``docs/benchmarks.md``."""
    lines = [
        "# Benchmarks",
        "",
        f"Made by `{command}` on {datetime.now(UTC).date()}: {machine()}.",
        "",
        f"CPU seconds (user and system, all threads), medians of {repeat}. All tasks ran in turn in one run, each in a "
        "fresh process; ratios are what to look at, for they depend less on the machine. The receivables are invented "
        "by `benchmarks/generate.py`.",
        "",
        "| name | measurement | medians | value | target | |",
        "|---|---|---|---:|---:|---|",
        *("| " + " | ".join(text.replace("|", "\\|") for text in columns(finding)) + " |" for finding in findings),
        "",
        "## What each includes",
        "",
        *(f"- **{names}**: {includes}" for names, includes in _notes(findings)),
    ]
    return "\n".join(lines) + "\n"


def write_markdown(path: Path, text: str) -> None:
    """Write the Markdown to a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _notes(findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """(names, what they include), each sentence once, with the names that share it."""
    names_by_text: dict[str, dict[str, None]] = {}
    for finding in findings:
        names_by_text.setdefault(finding.measurement.includes, {})[finding.measurement.name] = None
    return [(", ".join(names), text) for text, names in names_by_text.items()]


def _figure(figure: Figure, value: float) -> str:
    return f"{figure.label} {_number(value)}{' ' if figure.unit else ''}{figure.unit}"


def _value(value: float, unit: str) -> str:
    return f"{_number(value)} {unit}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
