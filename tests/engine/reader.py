"""An analyst who reads all day: ``python reader.py WAREHOUSE MODE`` queries until a line comes, then says what it saw.

MODE ``held`` keeps one connection open all the time, ``reopened`` opens one for each round. Prints JSON: the number of
queries, the errors, and for each table and day the row counts that were seen.
"""

import json
import select
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import duckdb

TABLES = {"action_table": "action_date", "open_items": "day", "activity_log": "activity_date"}


def connections(path: str, mode: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection for each round."""
    held = duckdb.connect(path, read_only=True) if mode == "held" else None
    while True:
        if held is not None:
            yield held
        else:
            with duckdb.connect(path, read_only=True) as connection:
                yield connection


def main(warehouse: str, mode: str) -> None:
    """Read until told to stop."""
    seen: dict[str, set[int]] = defaultdict(set)
    errors: list[str] = []
    queries = 0
    for connection in connections(str(Path(warehouse) / "chasing.duckdb"), mode):
        for table, day in TABLES.items():
            try:
                rows = connection.execute(f"select {day}, count(*) from {table} group by {day}").fetchall()
            except duckdb.Error as error:
                errors.append(f"{table}: {error}")
                continue
            queries += 1
            for value, count in rows:
                seen[f"{table} {value}"].add(count)
        if queries == len(TABLES):
            print("reading", flush=True)
        if select.select([sys.stdin], [], [], 0.03)[0]:
            break
    counts = {key: sorted(found) for key, found in seen.items()}
    print(json.dumps({"queries": queries, "errors": errors, "seen": counts}))


if __name__ == "__main__":
    main(*sys.argv[1:])
