"""The to-do list and one item of it: the place where a call's outcome is written down.

Does not belong here: what an outcome changes (``changes``).
"""

from typing import Any

from starlette.responses import Response

from chasing_pipeline.desk import changes
from chasing_pipeline.desk.customers import find_customer
from chasing_pipeline.desk.door import Visit
from chasing_pipeline.desk.pages.entering import PAGE_SIZE, chosen, day_of, number_of, page_count
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.ledger import todo_lists
from chasing_pipeline.ledger.todo_lists import Selection
from chasing_pipeline.ledger.todos import NoSuchTodo

WHOSE = {"team": "The team's", "mine": "Mine", "all": "Everybody's"}
KINDS = {"work": ("phone_call", "escalate"), "contacts": ("mend_contact", "in_doubt"), "any": None}
KIND_WORDS = {"work": "Calls and escalations", "contacts": "Contacts to mend", "any": "Everything"}
STATES = {"open": "To do", "done": "Done"}


def todo_list(visit: Visit) -> Response:
    """The list: whose, which kinds, open or done."""
    whose, kind, state = _list_of(visit)
    wanted = _selection(visit, whose, kind, state)
    page = number_of(visit.asked("page"))
    rows, total = todo_lists.page(visit.office.ledger, wanted, PAGE_SIZE, (page - 1) * PAGE_SIZE)
    return visit.page(
        "todo_list.html",
        rows=_with_accounts(visit, rows),
        total=total,
        page=page,
        pages=page_count(total),
        whose=whose,
        kind=kind,
        state=state,
        all_whose=WHOSE,
        all_kinds=KIND_WORDS,
        all_states=STATES,
    )


def todo_item(visit: Visit) -> Response:
    """One item, with all that a caller wants to see, and the form for what came of it."""
    return _item_page(visit, visit.request.path_params["number"])


def report(visit: Visit) -> Response:
    """Write down what came of an item, then go to the next one."""
    number = visit.request.path_params["number"]
    item = todo_lists.one(visit.office.ledger, number)
    if item is None:
        return visit.page("refused.html", 404, why=f"There is no to-do number {number}.")
    outcomes = {outcome.name: outcome for outcome in changes.outcomes_of(item)}
    try:
        told = changes.Report(
            chosen(visit.entered("outcome"), outcomes, "how it went"),
            visit.entered("note"),
            day_of(visit.entered("until"), "until"),
            {"done": True, "open": False}.get(visit.entered("then")),
        )
        changes.report(visit.office, visit.name, number, told)
    except NoSuchTodo as error:
        return _item_page(visit, number, 409, f"Not saved: {error}. Your note is still below.")
    except ChasingError as error:
        return _item_page(visit, number, 400, f"Not saved: {error}.")
    return _to_the_next(visit, item, f"Saved {told.outcome.words.lower()} for to-do {number}"
                        + ("." if told.closes else "; it stays on the list."))  # fmt: skip


def assign(visit: Visit) -> Response:
    """Give an item to somebody else."""
    number = visit.request.path_params["number"]
    item = todo_lists.one(visit.office.ledger, number)
    if item is None:
        return visit.page("refused.html", 404, why=f"There is no to-do number {number}.")
    to = visit.entered("to", 200)
    if not to:
        return _item_page(visit, number, 400, "Not saved: name a team or a person.")
    try:
        changes.assign(visit.office, visit.name, number, to)
    except NoSuchTodo as error:
        return _item_page(visit, number, 409, f"Not saved: {error}.")
    return _to_the_next(visit, item, f"To-do {number} is {to}'s now.")


def _item_page(visit: Visit, number: int, status: int = 200, problem: str = "") -> Response:
    ledger = visit.office.ledger
    item = todo_lists.one(ledger, number)
    if item is None:
        return visit.page("refused.html", 404, why=f"There is no to-do number {number}.")
    whose, kind, _ = _list_of(visit)
    return visit.page(
        "todo_item.html",
        status,
        item=item,
        customer=find_customer(visit.office, item["customer_number"]),
        outcomes=changes.outcomes_of(item),
        problem=problem,
        entered={name: visit.entered(name) for name in ("outcome", "note", "until")},
        following=todo_lists.following(ledger, _selection(visit, whose, kind, "open"), item),
        assignees=todo_lists.assignees(ledger),
        whose=whose,
        kind=kind,
        channel_words={"phone_call": "Call", "escalate": "Escalation", "mend_contact": "Contact to mend",
                       "in_doubt": "Find out"}.get(item["kind"], item["kind"]),
    )  # fmt: skip


def _to_the_next(visit: Visit, item: dict[str, Any], told: str) -> Response:
    whose, kind, _ = _list_of(visit)
    following = todo_lists.following(visit.office.ledger, _selection(visit, whose, kind, "open"), item)
    if following is None:
        return visit.go("/todo", f"{told} Nothing else is left on this list.", whose=whose, kind=kind)
    return visit.go(f"/todo/{following}", told, whose=whose, kind=kind)


def _list_of(visit: Visit) -> tuple[str, str, str]:
    """Whose list it is, of which kinds and which state: as asked, else the team's open calls."""
    whose = visit.asked("whose") or visit.entered("whose")
    kind = visit.asked("kind") or visit.entered("kind")
    state = visit.asked("state")
    return (
        whose if whose in WHOSE else "team",
        kind if kind in KINDS else "work",
        state if state in STATES else "open",
    )


def _selection(visit: Visit, whose: str, kind: str, state: str) -> Selection:
    people = {
        "mine": tuple(name for name in (visit.name, visit.user.email) if name),
        "team": visit.user.teams,
        "all": None,
    }[whose]
    return Selection(state == "open", people, KINDS[kind])


def _with_accounts(visit: Visit, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The items, each with what its account looks like today (``account``, None where it owes nothing any more)."""
    numbers = sorted({row["customer_number"] for row in rows})
    found = visit.office.published.rows("desk/accounts_of", {"customers": numbers}) if numbers else []
    accounts = {(row["customer_number"], row["currency"]): row for row in found}
    return [{**row, "account": accounts.get((row["customer_number"], row["currency"]))} for row in rows]
