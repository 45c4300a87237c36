"""What stops sending today, releasing it, and the switch that stops everything.

Does not belong here: what a stop is (``dispatching.gates``).
"""

from starlette.responses import Response

from chasing_pipeline.desk.door import Visit
from chasing_pipeline.desk.office import Office
from chasing_pipeline.desk.pages.entering import chosen
from chasing_pipeline.dispatching.gates import GROWTH, QUARANTINE, RELEASABLE, STOPPED, Stop, stops
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.ledger.guards import resume_sending, stop_sending, stopped
from chasing_pipeline.ledger.releases import release, released
from chasing_pipeline.planning.extracts import stage

WORDS = {
    QUARANTINE: "Too many rows of the extract can't be used",
    GROWTH: "Far more actions than usual",
    "stale_extract": "The extract is too old",
}


def releases(visit: Visit) -> Response:
    """The stops of today and the switch."""
    return _releases_page(visit)


def release_stop(visit: Visit) -> Response:
    """Let today's sending go on in spite of one stop, in the user's name."""
    stop = chosen(visit.entered("stop"), {name: name for name in RELEASABLE}, "a stop that can be released")
    office = visit.office
    release(office.ledger, office.clock.today(), stop, visit.name, office.clock.now())
    office.changed()
    return visit.go("/releases", f"Released for today: {WORDS[stop].lower()}.")


def turn_switch(visit: Visit) -> Response:
    """Stop all sending, or let it go on."""
    office, reason = visit.office, visit.entered("reason", 300)
    turn = chosen(visit.entered("turn"), {"stop": stop_sending, "resume": resume_sending}, "stop or resume")
    if turn is stop_sending and not reason:
        return _releases_page(visit, 400, "Not stopped: say why, for whoever wants to let it go on.")
    turn(office.ledger, visit.name, reason, office.clock.now(), office.clock.today())
    office.changed()
    return visit.go("/releases", "Nothing is sent any more." if turn is stop_sending else "Sending goes on.")


def _releases_page(visit: Visit, status: int = 200, problem: str = "") -> Response:
    found, fault = _stops(visit.office)
    today = visit.office.clock.today()
    return visit.page(
        "releases.html",
        status,
        stops=found,
        fault=fault,
        words=WORDS,
        releasable=RELEASABLE,
        released=sorted(released(visit.office.ledger, today)),
        stopped=stopped(visit.office.ledger),
        actions=visit.office.action_count(),
        problem=problem,
    )


def _stops(office: Office) -> tuple[list[Stop], str]:
    """What stops today's dispatch, without the switch, which has its own place; and why that can't be told."""
    home, today = office.home(), office.clock.today()
    try:
        extract_day = home.extract_for(today)
        if extract_day is None:
            return [], "There is no extract yet."
        found = stops(home, office.ledger, today, stage(home, extract_day), office.action_count() or 0)
    except ChasingError as error:
        return [], str(error)
    return [stop for stop in found if stop.name != STOPPED], ""
