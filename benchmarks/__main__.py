"""``python -m benchmarks``: generate, measure, report."""

import argparse
import shlex
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from benchmarks.generate import generate
from benchmarks.harness import evaluate, run_rounds
from benchmarks.measurements import YEAR_SIZES, Measurement, Size, Task, measurements
from benchmarks.report import machine, markdown, print_table, write_markdown

WIDTH_IN_A_PIPE = 160


def main() -> int:
    """Measure, and print what was found; 1 where something could not be measured."""
    given = _arguments()
    people = Console(stderr=True)
    sizes = []
    for millions in given.sizes:
        with people.status(f"generating {millions:g} M invoices"):
            sizes.append(Size(millions, generate(millions, given.data)))
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        small = [Size(millions, generate(millions, given.data)) for millions in YEAR_SIZES]
        wanted = _only(measurements(sizes, small, Path(scratch)), given.only)
        if not wanted:
            people.print(f"error: no measurement is called {given.only}", style="red")
            return 2
        total = len({task for measurement in wanted for task in measurement.tasks})
        with people.status("measuring") as status:

            def tell(number: int, task: Task) -> None:
                status.update(f"round {number} of {given.repeat}, {total} tasks: {task.name}")

            outcomes = run_rounds(wanted, given.repeat, given.timeout, tell)
    findings = [evaluate(measurement, outcomes) for measurement in wanted]
    out = Console(width=None if sys.stdout.isatty() else WIDTH_IN_A_PIPE)
    out.print(machine(), highlight=False)
    print_table(findings, out)
    if given.markdown:
        command = shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])
        write_markdown(given.markdown, markdown(findings, command, given.repeat))
    return 1 if any(finding.failure for finding in findings) else 0


def _only(found: list[Measurement], names: list[str]) -> list[Measurement]:
    """The measurements whose name begins with one of ``names``; all, where there is none."""
    return [one for one in found if not names or any(one.name.startswith(name) for name in names)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--sizes", type=_sizes, default=[1.0, 10.0], metavar="M,M", help="millions of invoices: 1,10")
    parser.add_argument("--repeat", type=int, default=5, metavar="N", help="runs of each task (default: 5)")
    parser.add_argument(
        "--only", action="append", default=[], metavar="NAME", help="only what begins so, e.g. day, aging-polars, year"
    )
    parser.add_argument("--timeout", type=float, default=1800, metavar="SECONDS", help="of one run (default: 1800)")
    parser.add_argument("--data", type=Path, default=None, help="where receivables are (default: $BENCH_DIR)")
    parser.add_argument("--markdown", type=Path, default=None, metavar="FILE", help="write the report here, too")
    return parser.parse_args()


def _sizes(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
