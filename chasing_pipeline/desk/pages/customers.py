"""The whole customer list at a glance, with filters and a search; and one customer's page with its forms.

Does not belong here: what is gathered (``desk.customers``), what a form changes (``changes``).
"""

from datetime import date
from typing import Any

from starlette.responses import Response

from chasing_pipeline.desk import changes
from chasing_pipeline.desk.customers import WORDS, find_customer, ways_to_opt_out
from chasing_pipeline.desk.door import Visit
from chasing_pipeline.desk.pages.entering import PAGE_SIZE, amount_of, chosen, day_of, number_of, page_count
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.planning.home import Hold
from chasing_pipeline.planning.recordings import PROVIDERS_WORD

FILTERS = ("search", "cadence", "state", "currency", "bucket")
BUCKETS = ("current", "1-30", "31-60", "61-90", "90+")
SORTS = {"age": "longest past due", "balance": "largest balance", "past_due": "most past due", "number": "number",
         "name": "name"}  # fmt: skip
HOLD_WORDS = {"pause": "Pause", "do_not_chase": "Do not chase", "dispute": "Dispute of one invoice"}
TIMELINE = 100


def customer_list(visit: Visit) -> Response:
    """Where every account stands, by the filters."""
    asked = {name: visit.asked(name) for name in FILTERS}
    sort = visit.asked("sort") if visit.asked("sort") in SORTS else "age"
    page = number_of(visit.asked("page"))
    parameters = {
        **asked,
        "least_balance": amount_of(visit.asked("least")),
        "sort": sort,
        "page_size": PAGE_SIZE,
        "skipped": (page - 1) * PAGE_SIZE,
    }
    published = visit.office.published
    rows = published.rows("desk/found_accounts", parameters)
    total = rows[0]["found_count"] if rows else 0
    groups = published.rows("desk/groups_of_accounts")
    if len({row["customer_number"] for row in rows}) == 1 and visit.asked("go"):
        return visit.go("/customer", number=rows[0]["customer_number"])
    return visit.page(
        "customers.html",
        rows=rows,
        total=total,
        page=page,
        pages=page_count(total),
        day=published.day(),
        filters={**asked, "least": visit.asked("least"), "sort": sort},
        summary=_by_state(groups),
        choices={
            "cadence": ["-" if name is None else name for name in dict.fromkeys(row["cadence"] for row in groups)],
            "state": sorted({row["state"] for row in groups}),
            "currency": sorted({row["currency"] for row in groups}),
            "bucket": BUCKETS,
        },
        sorts=SORTS,
    )


def customer(visit: Visit) -> Response:
    """One customer: balance, ladder, history, and the forms."""
    return _customer_page(visit, visit.asked("number"))


def record(visit: Visit) -> Response:
    """Write down what a form of the customer's page says."""
    number = visit.entered("number")
    if find_customer(visit.office, number) is None:
        return visit.page("refused.html", 404, why=f"There is no customer {number}.")
    try:
        told = chosen(visit.entered("what"), _RECORDING, "what to record")(visit, number)
    except ChasingError as error:
        return _customer_page(visit, number, 400, f"Not saved: {error}.")
    return visit.go("/customer", told, number=number)


def explain_afresh(visit: Visit) -> Response:
    """The answer of ``chasing explain``: the day planned again, with what was recorded a minute ago."""
    from chasing_pipeline.explaining.gathering import explain

    told = explain(visit.office.chasing_now(), visit.asked("number"), visit.office.clock.today())
    return visit.page("explained.html", explained=told)


def _customer_page(visit: Visit, number: str, status: int = 200, problem: str = "") -> Response:
    found = find_customer(visit.office, number)
    if found is None:
        return visit.page("refused.html", 404, why=f"There is no customer {number}.")
    shown = len(found.timeline) if visit.asked("history") == "all" else TIMELINE
    return visit.page(
        "customer.html",
        status,
        customer=found,
        timeline_rows=found.timeline[:shown],
        problem=problem,
        ways=ways_to_opt_out(found.contacts),
        way_words=WORDS,
        providers_word=PROVIDERS_WORD,
        hold_words=HOLD_WORDS,
        entered={name: visit.entered(name) for name in ("what", "note", "until")},
    )


def _by_state(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How many accounts are in each state, and what they owe by currency; the largest group first."""
    found: dict[str, dict[str, Any]] = {}
    for row in groups:
        state = found.setdefault(row["state"], {"state": row["state"], "count": 0, "owed": {}})
        state["count"] += row["account_count"]
        state["owed"][row["currency"]] = state["owed"].get(row["currency"], 0) + row["balance"]
    return sorted(found.values(), key=lambda state: -state["count"])


def _note(visit: Visit, number: str) -> str:
    changes.note(visit.office, visit.name, number, visit.entered("currency"), visit.entered("note"))
    return "Noted."


def _promise(visit: Visit, number: str) -> str:
    until = day_of(visit.entered("until"), "until")
    changes.promise(visit.office, visit.name, number, visit.entered("currency"), until, visit.entered("note"))
    return f"The promise holds the customer through {until}."


def _dispute(visit: Visit, number: str) -> str:
    until, note = _until(visit), visit.entered("note")
    invoice = visit.entered("invoice")
    if invoice:
        hold = Hold(number, invoice, "dispute", visit.office.clock.today(), until, _reason(visit))
        changes.hold(visit.office, visit.name, hold)
        return f"{invoice} is not chased while the dispute is open."
    changes.dispute(visit.office, visit.name, number, visit.entered("currency"), until, note)
    return "Nothing of this customer is chased while the dispute is open."


def _pause(visit: Visit, number: str) -> str:
    until = _until(visit)
    if until is None:
        raise ChasingError("a pause needs its last day; for one without end choose do not chase")
    changes.hold(
        visit.office, visit.name, Hold(number, None, "pause", visit.office.clock.today(), until, _reason(visit))
    )
    return f"Paused through {until}."


def _do_not_chase(visit: Visit, number: str) -> str:
    hold = Hold(number, None, "do_not_chase", visit.office.clock.today(), _until(visit), _reason(visit))
    changes.hold(visit.office, visit.name, hold)
    return "This customer is not chased any more."


def _end(visit: Visit, number: str) -> str:
    found = find_customer(visit.office, number)
    kind, _, which = visit.entered("hold").partition(":")
    if found is not None and kind == "recorded" and which.isdecimal() and int(which) < len(found.recorded_holds):
        held = found.recorded_holds[int(which)]
        if visit.entered("about") == f"{held.kind} {held.currency} {held.since}":
            changes.end_recorded(visit.office, visit.name, number, held.currency, held.kind, visit.entered("note"))
            return f"The {held.kind} is over."
    if found is not None and kind == "file" and which.isdecimal() and int(which) < len(found.file_holds):
        hold = found.file_holds[int(which)]
        if visit.entered("about") == f"{hold.kind} {hold.invoice_number} {hold.from_}":
            changes.end_hold(visit.office, visit.name, hold)
            return f"The {hold.kind.replace('_', ' ')} is over."
    raise ChasingError("that hold is not there any more; somebody may have ended it meanwhile")


def _opt_out(visit: Visit, number: str) -> str:
    found = find_customer(visit.office, number)
    offered = {
        f"{channel.value} {address}": (channel, address)
        for channel, address, _ in ways_to_opt_out(found.contacts if found else [])
    }
    channel, address = chosen(visit.entered("address"), offered, "an address of this customer")
    changes.opt_out(visit.office, visit.name, number, channel, address)
    return f"{address} gets nothing more by that channel."


def _opt_in(visit: Visit, number: str) -> str:
    found = find_customer(visit.office, number)
    offered = {f"{row['channel']} {row['recipient']}": row for row in (found.opt_outs if found else [])}
    row = chosen(visit.entered("address"), offered, "an opt-out that is there; somebody may have ended it meanwhile")
    channel = Channel(row["channel"])
    changes.opt_in(visit.office, visit.name, number, channel, row["recipient"], visit.entered("note"))
    return f"{row['recipient']} may be reached by that channel again."


def _until(visit: Visit) -> date | None:
    until = day_of(visit.entered("until"), "until")
    if until is not None and until < visit.office.clock.today():
        raise ChasingError(f"{until} lies before {visit.office.clock.today()}")
    return until


def _reason(visit: Visit) -> str:
    """The note of a hold, on one line as a file wants it, with who wrote it."""
    return f"{' '.join(visit.entered('note').split())} ({visit.name})".strip()


_RECORDING = {
    "note": _note,
    "promise": _promise,
    "dispute": _dispute,
    "pause": _pause,
    "do_not_chase": _do_not_chase,
    "end": _end,
    "opt_out": _opt_out,
    "opt_in": _opt_in,
}
