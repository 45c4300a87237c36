"""How fast messages are made, and in how much memory: complete e-mails, each with a statement of 20 lines as PDF.

``python -m benchmarks.messages [--count N] [--processes N] [--lines N]``. Nothing is sent and nothing is written. Each
process makes its share; the rate counts all of them. On a busy machine look at the CPU time, and at that of the fastest
tenth, which others disturbed least. Memory is a process's peak after its first 200 messages and at the end.

``python -m benchmarks.messages --memory``: 10,000 in one process instead, and its resident memory on the way.
"""

import argparse
import json
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from chasing_pipeline.domain.action import InvoiceLine, MessageFacts
from chasing_pipeline.files import shipped
from chasing_pipeline.messages.compose import compose
from chasing_pipeline.messages.library import TemplateLibrary
from chasing_pipeline.messages.samples import DAY, sample_messages

LANGUAGES = ("en", "fr", "de", "es")
WARM_UP = 200
MILESTONES = (1000, 2000, 5000, 10_000)
"""After how many messages memory is looked at."""


def facts_of(number: int, lines: int) -> MessageFacts:
    """The facts of one message; no two share an invoice, nor, with up to 100 lines, an amount."""
    facts = _sample(LANGUAGES[number % len(LANGUAGES)])
    invoices = tuple(_invoice(number, place, lines) for place in range(lines))
    action = replace(
        facts.action,
        action_id=f"{number:032x}",
        template="overdue-many",
        balance=sum((line.open_amount for line in invoices), Decimal(0)),
    )
    customer = replace(facts.customer, customer_number=f"C{number}", name=f"Customer {number} Ltd")
    return MessageFacts(action, customer, invoices, attach_invoices=True)


@cache
def _sample(language: str) -> MessageFacts:
    (facts, _), *_ = sample_messages(language)
    return facts


def _invoice(number: int, place: int, lines: int) -> InvoiceLine:
    due = DAY - timedelta(days=lines - place)
    amount = Decimal("100.25") + number + Decimal(place) / 100
    return InvoiceLine(f"INV-{number}-{place:03}", due - timedelta(days=30), due, amount, amount, lines - place, None)


def make(first: int, count: int, lines: int) -> dict[str, float]:
    """Make ``count`` e-mails; how long it took after the warm-up, in wall and CPU seconds, and peak memory in MB."""
    (_, settings), *_ = sample_messages("en")
    library = TemplateLibrary(shipped("data") / "templates", "en")
    warm_up = min(WARM_UP, count // 2)
    size, early, wall = 0, 0.0, time.perf_counter()
    costs = []
    for number in range(first, first + count):
        facts, started = facts_of(number, lines), time.process_time()
        message = compose(facts, settings, library)
        costs.append(time.process_time() - started)
        size += len(message.content)  # type: ignore[union-attr]
        if len(costs) == warm_up:
            early, wall = _peak_memory(), time.perf_counter()
    costs = sorted(costs[warm_up:])
    return {
        "made": len(costs),
        "wall": time.perf_counter() - wall,
        "cpu": sum(costs),
        "cpu_least": costs[len(costs) // 10],
        "memory_early": early,
        "memory": _peak_memory(),
        "bytes": size / count,
    }


def remember(lines: int) -> dict[str, int]:
    """Make as many e-mails as the last milestone says in this process; resident memory in MB at each milestone."""
    (_, settings), *_ = sample_messages("en")
    library = TemplateLibrary(shipped("data") / "templates", "en")
    found = {}
    for number in range(1, MILESTONES[-1] + 1):
        compose(facts_of(number, lines), settings, library)
        if number in MILESTONES:
            found[f"memory_mb_after_{number}"] = round(_resident_memory())
    return found


def _resident_memory() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def _peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--lines", type=int, default=20)
    parser.add_argument("--memory", action="store_true", help=f"memory over {MILESTONES[-1]:,} in one process instead")
    options = parser.parse_args()
    if options.memory:
        print(json.dumps({**remember(options.lines), "lines": options.lines}))
        return
    share = options.count // options.processes
    with ProcessPoolExecutor(options.processes) as pool:
        futures = [pool.submit(make, place * share, share, options.lines) for place in range(options.processes)]
        results = [future.result() for future in futures]
    made = sum(result["made"] for result in results)
    print(
        json.dumps(
            {
                "messages_per_second": round(made / max(result["wall"] for result in results), 1),
                "cpu_ms_per_message": round(1000 * sum(result["cpu"] for result in results) / made, 2),
                "cpu_ms_of_the_fastest_tenth": round(1000 * min(result["cpu_least"] for result in results), 2),
                "memory_mb_after_warm_up": round(max(result["memory_early"] for result in results)),
                "memory_mb_at_the_end": round(max(result["memory"] for result in results)),
                "bytes_per_message": round(results[0]["bytes"]),
                "lines": options.lines,
                "processes": options.processes,
            }
        )
    )


if __name__ == "__main__":
    main()
