"""The work that is measured: each task runs once in a process of its own, and says what it took.

Belongs here: what stands inside the measured part of each task, and what outside. Does not belong here: which tasks
are compared with which (``measurements``).

``python -m benchmarks.tasks NAME JSON`` runs one task and prints a JSON object: ``cpu`` (seconds, user and system, of
all threads), ``wall``, ``peak`` (bytes the process ever held in memory), and what the task adds to them; or
``failure``. What is imported, staged or looked up beforehand is not part of it.
"""

import gc
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.generate import LAST_DAY

Result = dict[str, Any]


class Meter:
    """Takes the CPU and wall time of a ``with`` block, and the peak memory of the process at its end.

    Python's collector of garbage does not look at what was there before: that belongs to the imports.
    """

    def __init__(self) -> None:
        self.figures: Result = {}

    def __enter__(self) -> None:
        gc.collect()
        gc.freeze()
        self._wall, self._cpu = time.perf_counter(), cpu_seconds()

    def __exit__(self, *_: object) -> None:
        self.figures = {
            "cpu": cpu_seconds() - self._cpu,
            "wall": time.perf_counter() - self._wall,
            "peak": peak_memory(),
        }


def cpu_seconds() -> float:
    """What this process, its threads and its finished children have taken since they began."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def own_cpu_seconds() -> float:
    """What this process and its threads have taken since they began, without its children."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def first_run(home: Path, day: date) -> None:
    """The run of the day before, which makes the databases that a daily run finds."""
    command = [sys.executable, "-m", "chasing_pipeline", "run", "--date", day.isoformat(), "--home", str(home)]
    subprocess.run(command, check=True, capture_output=True)


def peak_memory() -> int:
    """The most memory that this process has held, in bytes."""
    try:
        # ru_maxrss of a new process may still be that of the process which started it
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1])
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def warm_up() -> None:
    """Import what is loaded at its first use: pandas by DuckDB with a first parameter, parts of pyarrow, calendars."""
    import duckdb
    import holidays.countries  # noqa: F401
    import pyarrow.dataset  # noqa: F401

    with duckdb.connect(":memory:") as connection:
        connection.execute("select $number", {"number": 1}).fetchall()


def extract_of(home: str) -> Path:
    """The folder of the one extract of a generated home."""
    return Path(home) / "extracts" / LAST_DAY.isoformat()


def scan(meter: Meter, home: str, progress: str) -> Result:
    """Measured: reading the columns that planning reads."""
    from benchmarks.baselines.scan import scan as scan_columns

    warm_up()
    with meter:
        scan_columns(extract_of(home), Path(progress))
    return {}


def polars_aging(meter: Meter, home: str, day: str) -> Result:
    """Measured: from Parquet to a frame with one row per account."""
    from benchmarks.baselines.polars_aging import polars_aging as age

    with meter:
        frame = age(extract_of(home), date.fromisoformat(day))
    return aging_summary(frame.to_arrow(), cents=False)


def pandas_aging(meter: Meter, home: str, day: str) -> Result:
    """Measured: from Parquet to a frame with one row per account."""
    import pyarrow as pa

    from benchmarks.baselines.pandas_aging import pandas_aging as age

    with meter:
        frame = age(extract_of(home), date.fromisoformat(day))
    return aging_summary(pa.Table.from_pandas(frame, preserve_index=False), cents=True)


def product_aging(meter: Meter, home: str, progress: str, day: str) -> Result:
    """Measured: from the staged extract to ``account_aging``."""
    from benchmarks.product import Product, prepare

    warm_up()
    prepare(Path(home), LAST_DAY)
    with Product(Path(home), Path(progress)) as product:
        with meter:
            product.account_aging(date.fromisoformat(day))
        return aging_summary(product.table("account_aging"), cents=False)


def stage(meter: Meter, home: str) -> Result:
    """Measured: from the extract's files to checked tables, once per extract."""
    from benchmarks.product import prepare

    shutil.rmtree(Path(home) / "warehouse", ignore_errors=True)
    warm_up()
    with meter:
        prepare(Path(home), LAST_DAY)
    return {}


def plan_day(meter: Meter, home: str, progress: str, day: str, memory_limit: str | None = None) -> Result:
    """Measured: from the staged extract and the past to all tables of the day."""
    from benchmarks.product import Product, prepare

    warm_up()
    prepare(Path(home), LAST_DAY)
    with Product(Path(home), Path(progress), memory_limit) as product:
        with meter:
            product.plan_day(date.fromisoformat(day))
        planned = meter.figures
        with meter:
            product.read_decisions()
        words, meter.figures = meter.figures["cpu"], planned
        return {"actions": product.table("action_table").num_rows, "words": words}


def plan_days(meter: Meter, home: str, progress: str, days: list[str], compare: list[str]) -> Result:
    """Measured: the tables of all ``days`` in one statement each."""
    from benchmarks.product import Product, prepare

    warm_up()
    prepare(Path(home), LAST_DAY)
    with Product(Path(home), Path(progress)) as product:
        with meter:
            product.plan_days([date.fromisoformat(day) for day in days])
        return {"rows": {day: rows_summary(product.table("action_table", date.fromisoformat(day))) for day in compare}}


def loop_over_days(meter: Meter, home: str, progress: str, days: list[str], compare: list[str]) -> Result:
    """Measured: the tables of ``days``, one day after the other in one engine that has the extract already."""
    from benchmarks.product import Product, prepare

    prepare(Path(home), LAST_DAY)
    found, taken, wall = {}, 0.0, 0.0
    with Product(Path(home), Path(progress)) as product:
        product.plan_day(date.fromisoformat(days[0]))
        for day in days:
            with meter:
                product.plan_day(date.fromisoformat(day))
            taken, wall = taken + meter.figures["cpu"], wall + meter.figures["wall"]
            if day in compare:
                found[day] = rows_summary(product.table("action_table", date.fromisoformat(day)))
    return {"cpu": taken, "wall": wall, "rows": found}


def simulate_days(meter: Meter, home: str, first: str, last: str) -> Result:
    """Measured: ``chasing simulate --fresh`` over the days, without the start of Python and imports."""
    from benchmarks.product import prepare, simulate

    warm_up()
    prepare(Path(home), LAST_DAY)
    with meter:
        actions = simulate(Path(home), date.fromisoformat(first), date.fromisoformat(last))
    return {"actions": actions}


def customer_loop(meter: Meter, home: str, progress: str, day: str, sample: int) -> Result:
    """Measured: the customers of the sample; ``cpu`` is scaled to all customers."""
    from benchmarks.baselines.customer_loop import customer_loop as loop
    from benchmarks.baselines.customer_loop import customers_in_sqlite

    connection, all_customers = customers_in_sqlite(extract_of(home), Path(progress), sample)
    with meter:
        customers, actions = loop(connection, date.fromisoformat(day))
    scale = all_customers / customers
    return {"cpu": meter.figures["cpu"] * scale, "wall": meter.figures["wall"] * scale, "actions": actions * scale}


def backfill(meter: Meter, last: str, days: int) -> Result:
    """Measured: one run of ``daily_chasing`` over the days, on a copy of the sample home."""
    import chasing_pipeline.definitions  # noqa: F401 - not at the first use, which is measured
    from benchmarks.product import COUNTED_ASSETS, collect_seldom, engine_time
    from benchmarks.product import backfill as fill

    collect_seldom()
    last_day = date.fromisoformat(last)
    with tempfile.TemporaryDirectory(prefix="bench-") as scratch, engine_time() as engine:
        home = sample_home(Path(scratch))
        with meter:
            fill(home, last_day - timedelta(days=days - 1), last_day)
        return {"partitions": days * len(COUNTED_ASSETS), "engine": engine()}


def daily_run(meter: Meter, day: str, modules: str, dispatch: bool) -> Result:
    """Measured: the whole process from its start, and what the engine took of it, on a home that ran the day before.

    Writes the names of all imported modules to the file ``modules``, for ``imports``.
    """
    from benchmarks.product import engine_time, run_command

    with tempfile.TemporaryDirectory(prefix="bench-") as scratch:
        home = sample_home(Path(scratch))
        first_run(home, date.fromisoformat(day) - timedelta(days=1))
        arguments = ["run", "--date", day, "--home", str(home), *([] if dispatch else ["--no-dispatch"])]
        with engine_time() as engine:
            run_command(arguments)
            taken = engine()
    Path(modules).write_text("\n".join(sorted(sys.modules)), encoding="utf-8")
    return {"cpu": own_cpu_seconds(), "peak": peak_memory(), "engine": taken}


def imports(meter: Meter, modules: str) -> Result:
    """Measured: a process that imports what a daily run imports, from its start."""
    import importlib

    from benchmarks.product import collect_seldom

    collect_seldom()
    for name in Path(modules).read_text(encoding="utf-8").splitlines():
        try:
            importlib.import_module(name)
        except Exception:  # noqa: S112 - some modules exist only inside others
            continue
    return {"cpu": cpu_seconds(), "peak": peak_memory()}


def sample_home(folder: Path) -> Path:
    """A copy of the sample home, as it is before its first run."""
    from chasing_pipeline.files import shipped

    generated = shutil.ignore_patterns("warehouse", "outbox", "ledger.sqlite*", ".dagster", ".locks", "__pycache__")
    return Path(shutil.copytree(shipped("data"), folder / "home", ignore=generated))


def aging_summary(table: Any, cents: bool) -> Result:
    """Totals by currency and a checksum over all rows: equal where two agings are equal, row by row."""
    import duckdb

    from benchmarks.baselines import AGING_COLUMNS, MONEY_COLUMNS

    factor = 1 if cents else 100
    selected = ", ".join(
        f"cast({name} * {factor} as bigint) as {name}"
        if name in MONEY_COLUMNS
        else f"cast({name} as date) as {name}"
        if name.endswith("_date")
        else name
        for name in AGING_COLUMNS
    )
    sums = ", ".join(f"cast(sum({name}) as bigint)" for name in MONEY_COLUMNS)
    with duckdb.connect(":memory:") as connection:
        connection.register("aging_rows", table)
        connection.execute(f"create table aging as select {selected} from aging_rows")
        totals = connection.execute(
            f"select currency, count(*), {sums} from aging group by all order by all"
        ).fetchall()
        checksum = connection.execute(f"select bit_xor(hash({', '.join(AGING_COLUMNS)})) from aging").fetchone()
    return {"totals": [list(row) for row in totals], "checksum": str(checksum)}


def rows_summary(table: Any) -> Result:
    """How many rows a table has, and a checksum over all their values."""
    import duckdb

    columns = ", ".join(f'cast("{name}" as varchar)' for name in sorted(table.column_names))
    with duckdb.connect(":memory:") as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("found_rows", table)
        checksum = connection.execute(f"select bit_xor(hash({columns})) from found_rows").fetchone()
    return {"count": table.num_rows, "checksum": str(checksum)}


TASKS: dict[str, Callable[..., Result]] = {
    task.__name__: task
    for task in (
        scan, polars_aging, pandas_aging, product_aging, stage, plan_day, plan_days, loop_over_days, simulate_days,
        customer_loop, backfill, daily_run, imports,
    )
}  # fmt: skip


def main() -> None:
    """Run one task; its figures, or its failure, are the last line of the output."""
    name, arguments = sys.argv[1], json.loads(sys.argv[2])
    sys.argv = sys.argv[:1]
    meter = Meter()
    try:
        result = TASKS[name](meter, **arguments)
    except Exception as error:
        print(json.dumps({"failure": f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"}))
        raise
    print(json.dumps({**meter.figures, **result}))


if __name__ == "__main__":
    main()
