"""What waits for approval: the list with its filters, a look at each message, and releasing what may go out.

Does not belong here: what is held and released (``desk.approvals``), how a message is made (``previewing``).
"""

from typing import Any

from starlette.responses import HTMLResponse, Response

from chasing_pipeline.desk.approvals import (
    Filters,
    actions_named,
    digest,
    groups,
    held_ids,
    reasons,
    release,
)
from chasing_pipeline.desk.door import Visit
from chasing_pipeline.desk.pages.entering import PAGE_SIZE, chosen, number_of, page_count
from chasing_pipeline.desk.protection import FRAMED, FRAMING
from chasing_pipeline.domain.action import Action
from chasing_pipeline.domain.message import Email, Message, UnsendableMessage
from chasing_pipeline.domain.problems import ChasingError

FILTERS = ("cadence", "step", "channel")
WHICH = ("one", "chosen", "shown", "none")
GONE = "Released by somebody else meanwhile."


def approval_list(visit: Visit) -> Response:
    """What waits, by the filters."""
    return _list_page(visit)


def look(visit: Visit) -> Response:
    """One action, with its message as the recipient would get it now."""
    action, found = _asked_for(visit)
    if action is None:
        return _no_such_action(visit)
    message, why_none = _message(visit, action)
    ids = held_ids(visit.office, _filters(visit))
    page = visit.page(
        "approval.html",
        action=action,
        is_held=found,
        reason=reasons(visit.office, [action])[action.action_id],
        why_none=why_none,
        filters=vars(_filters(visit)),
        following=_following(ids, action.action_id),
        total=len(ids),
        **(_shown(message) if message else {"kind": None}),
    )
    page.headers.update(FRAMING)
    return page


def mail(visit: Visit) -> Response:
    """The HTML of an e-mail, for the frame that it is looked at in."""
    from chasing_pipeline.messages.showing import email_html

    action, _ = _asked_for(visit)
    message = _message(visit, action)[0] if action else None
    if not isinstance(message, Email):
        return _no_such_action(visit)
    return HTMLResponse(email_html(message), headers=FRAMED)


def pdf(visit: Visit) -> Response:
    """The letter, or what is attached to the e-mail."""
    from chasing_pipeline.messages.showing import pdf_of

    action, _ = _asked_for(visit)
    message = _message(visit, action)[0] if action else None
    content = pdf_of(message) if message else None
    if action is None or content is None:
        return _no_such_action(visit)
    name = f'inline; filename="{action.action_id}.pdf"'
    return Response(content, media_type="application/pdf", headers={"content-disposition": name})


def release_held(visit: Visit) -> Response:
    """Release the one that was looked at, those that were chosen, or all that the filters let through."""
    which = chosen(visit.entered("which"), {name: name for name in WHICH}, "what to release")
    if which == "none":
        return _list_page(visit)
    filters = _filters(visit)
    shown = held_ids(visit.office, filters)
    action_ids = shown if which == "shown" else visit.entered_all("action")
    if which == "shown" and visit.entered("digest") != digest(shown):
        return _list_page(visit, 409, "Not released: the list is another one by now. Look at it again.")
    try:
        released = release(visit.office, visit.name, action_ids)
    except ChasingError as error:
        return _list_page(visit, 400, f"Not released: {error}.")
    following = _following(shown, action_ids[0]) if which == "one" else None
    path = f"/approvals/{following}" if following else "/approvals"
    return visit.go(path, _told(released, len(action_ids)), **vars(filters))


def _list_page(visit: Visit, status: int = 200, problem: str = "") -> Response:
    office, filters = visit.office, _filters(visit)
    ids = held_ids(office, filters)
    page = number_of(visit.asked("page"))
    rows = actions_named(office, ids[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
    found = groups(office)
    return visit.page(
        "approvals.html",
        status,
        rows=rows,
        reasons=reasons(office, rows) if rows else {},
        total=len(ids),
        digest=digest(ids),
        page=page,
        pages=page_count(len(ids)),
        is_planned=office.is_planned,
        groups=found,
        filters=vars(filters),
        choices={name: list(dict.fromkeys(vars(group)[name] for group in found)) for name in FILTERS},
        ticked=set(visit.entered_all("action")),
        problem=problem,
    )


def _filters(visit: Visit) -> Filters:
    """What the address asks for, or the form that was sent from there."""
    return Filters(*(visit.asked(name) or visit.entered(name) for name in FILTERS))


def _asked_for(visit: Visit) -> tuple[Action | None, bool]:
    """Today's action of that id, if there is one, and whether it is held."""
    action_id = visit.request.path_params["action_id"]
    found = actions_named(visit.office, [action_id])
    return (found[0] if found else None), action_id in held_ids(visit.office, Filters())


def _no_such_action(visit: Visit) -> Response:
    return visit.page("refused.html", 404, why="There is no such action today, or nothing of it to show.")


def _message(visit: Visit, action: Action) -> tuple[Message | None, str]:
    """The message, or why there is none."""
    try:
        return visit.office.messages.message(visit.office.chasing_now(), action), ""
    except UnsendableMessage as error:
        return None, f"Nothing can be sent: {error}"
    except ChasingError as error:
        return None, str(error)


def _shown(message: Message) -> dict[str, Any]:
    """What the page shows of a message."""
    # imported here because it takes long to load, and the other pages need nothing of it
    from chasing_pipeline.messages.showing import body_text, heading, pdf_of

    return {
        "kind": type(message).__name__,
        "heading": heading(message),
        "text": body_text(message).strip(),
        "has_pdf": pdf_of(message) is not None,
    }


def _following(ids: list[str], action_id: str) -> str | None:
    """The one after it in the list, or the first one; None: no other is left."""
    at = ids.index(action_id) if action_id in ids else -1
    later = [*ids[at + 1 :], *ids[: max(at, 0)]]
    return later[0] if later else None


def _told(released: list[Action], wanted: int) -> str:
    if not released:
        return GONE
    what = f"{released[0].customer_name}, {released[0].step}" if len(released) == 1 else f"{len(released):,} actions"
    goes = "It goes" if len(released) == 1 else "They go"
    others = f" {GONE[:-1]}: {wanted - len(released):,}." if len(released) < wanted else ""
    return f"Released: {what}. {goes} out with the next dispatch.{others}"
