"""What stops a day's dispatch as a whole, until data get better or a named person releases it.

Belongs here: the stop switch, a stale extract, too much quarantine, too many actions. Does not belong here: reasons
not to contact one customer (``sql/eligibility``).
"""

from dataclasses import dataclass
from datetime import date
from statistics import median

from chasing_pipeline.ledger.guards import stopped
from chasing_pipeline.ledger.progress import recent_action_counts
from chasing_pipeline.ledger.releases import released
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.extracts import StagedExtract
from chasing_pipeline.planning.home import ChasingHome

STALE_EXTRACT, QUARANTINE, GROWTH, STOPPED = "stale_extract", "quarantine", "growth", "stopped"
FEWEST_USUAL_DAYS = 3
"""Run days with actions before there is a usual number of them to compare with."""
RELEASABLE = (QUARANTINE, GROWTH)


@dataclass(frozen=True)
class Stop:
    """A reason why nothing is sent on a day, and what to do about it."""

    name: str
    message: str


def is_stale(home: ChasingHome, day: date) -> bool:
    """Whether the extract that serves ``day`` is older than the settings allow."""
    return home.extract_age(day).days > home.settings.max_extract_age_days


def stops(home: ChasingHome, ledger: Ledger, day: date, extract: StagedExtract, action_count: int) -> list[Stop]:
    """Everything that stops the dispatch of ``day`` now; what was released for that day is left out."""
    found = [
        *_stopped(home, ledger),
        *_stale(home, day, extract),
        *_quarantine(home, day, extract),
        *_growth(home, ledger, day, action_count),
    ]
    done = released(ledger, day)
    return [stop for stop in found if stop.name not in done]


def _stopped(home: ChasingHome, ledger: Ledger) -> list[Stop]:
    stop = stopped(ledger)
    if stop is None:
        return []
    since = f"{stop.at.astimezone(home.settings.company.zone):%Y-%m-%d %H:%M}"
    why = f": {stop.reason}" if stop.reason else ""
    command = home.command("resume --by YOUR-NAME")
    return [Stop(STOPPED, f"{stop.by} stopped all sending on {since}{why}; let it go on with: {command}")]


def _stale(home: ChasingHome, day: date, extract: StagedExtract) -> list[Stop]:
    if not is_stale(home, day):
        return []
    return [
        Stop(
            STALE_EXTRACT,
            f"the newest extract is of {extract.day}, {home.extract_age(day).days} days before {day} "
            f"(at most {home.settings.max_extract_age_days} are allowed): put a newer one below extracts/",
        )
    ]


def _quarantine(home: ChasingHome, day: date, extract: StagedExtract) -> list[Stop]:
    file, share = extract.worst_rejected_share()
    if share <= home.settings.max_quarantined_share:
        return []
    return [
        Stop(
            QUARANTINE,
            f"{share:.1%} of the rows of {file} in the extract of {extract.day} were rejected (at most "
            f"{home.settings.max_quarantined_share:.1%} are allowed): look into the table quarantine, mend the file, "
            f"or accept it with: {home.command(f'dispatch --date {day} --release quarantine --by YOUR-NAME')}",
        )
    ]


def _growth(home: ChasingHome, ledger: Ledger, day: date, action_count: int) -> list[Stop]:
    limits = home.settings.limits
    usual = [count for count in recent_action_counts(ledger, day, limits.growth_days) if count]
    if (
        limits.max_growth is None
        or len(usual) < FEWEST_USUAL_DAYS
        or action_count <= limits.max_growth * max(1, int(median(usual)))
    ):
        return []
    return [
        Stop(
            GROWTH,
            f"{action_count} actions are planned for {day}, more than {limits.max_growth} times the usual "
            f"{int(median(usual))}: look at the action table, then release it with: "
            f"{home.command(f'dispatch --date {day} --release growth --by YOUR-NAME')}",
        )
    ]
