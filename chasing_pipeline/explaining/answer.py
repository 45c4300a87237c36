"""An account's state in one sentence: what happens today, or why nothing does, and what comes next.

Does not belong here: finding it out (``ladder``, ``looking_ahead``).
"""

from collections.abc import Iterable, Sequence
from datetime import date

from chasing_pipeline.explaining.looking_ahead import DAYS_AHEAD
from chasing_pipeline.explaining.records import HOLDS, Account, Explanation, LadderStep

BEHIND = ("done", "superseded", "missed")
UNREACHED = ("no_contact", "opted_out")


def answers(told: Explanation) -> list[str]:
    """One sentence for each account; those that owe nothing only speak where no other does."""
    owing = [account for account in told.accounts if account.units or account.verdict]
    if not owing:
        credits = [f"{-a.balance} {a.currency}" for a in told.accounts if a.balance < 0]
        covered = f"; it has a credit of {' and '.join(credits)}" if credits else ""
        return [f"Not chased: {told.customer_number} owes nothing{covered}."]
    if len(owing) == 1:
        return [owing[0].answer]
    return [f"{account.currency}: {account.answer}" for account in owing]


def account_answer(account: Account, day: date) -> str:
    """The account's state in one sentence."""
    if not account.units:
        return f"Not chased: {_within(account.sentence or 'It owes nothing.')}."
    steps = [step for unit in account.units for step in unit.steps]
    if all(step.verdict in BEHIND and not _was_done(step, day) and step.acts_on is None for step in steps):
        return "Not chased: every step of its cadence is behind it, and nothing comes after them."
    return f"{_today(account, day)}; {_afterwards(account)}."


def is_owed(step: LadderStep, day: date) -> bool:
    """Whether the step acts on the day and was not carried out on it yet."""
    return step.verdict == "act" and not _was_done(step, day)


def _today(account: Account, day: date) -> str:
    steps = [step for unit in account.units for step in unit.steps]
    done = _named(step for step in steps if _was_done(step, day))
    owed = [step for step in steps if is_owed(step, day)]
    if owed:
        before = f", after {done}" if done else ""
        why = f": {_within(owed[0].sentence)}" if len({step.sentence for step in owed}) == 1 else ""
        return f"To be chased today by {_named(owed)}{before}{why}"
    if done:
        failed = all(d.outcome == "failed" for s in steps for d in s.done if d.on == day)
        return f"Tried today, but not reached, by {done}" if failed else f"Chased today by {done}"
    leading = _leading(steps)
    if leading is None:
        return "Not chased today: nothing is due"
    return f"Not {'reached' if leading.verdict in UNREACHED else 'chased'} today: {_within(leading.sentence)}"


def _leading(steps: Sequence[LadderStep]) -> LadderStep | None:
    """Of the steps that wait for something, the most advanced one that has come due, else the first."""
    waiting = [step for step in steps if step.verdict not in (*BEHIND, "not_due")]
    due = [step for step in waiting if step.step_due_date and step.verdict not in HOLDS]
    return max(due, key=lambda step: step.step_number) if due else next(iter(waiting), None)


def _afterwards(account: Account) -> str:
    upcoming = [unit.next for unit in account.units if unit.next]
    if not upcoming:
        return f"next: nothing within {DAYS_AHEAD} days"
    on = min(found.on for found in upcoming)
    nobody = "" if any(found.is_reachable for found in upcoming if found.on == on) else ", but nobody can be reached"
    steps = {s.step: s for unit in account.units for s in unit.steps if s.acts_on == on}
    named = _named(steps.values()) or next(f"{u.step} ({u.channel})" for u in upcoming if u.on == on)
    return f"next: step {named} on {on}{nobody}"


def _named(steps: Iterable[LadderStep]) -> str:
    return " and ".join(dict.fromkeys(f"{step.step} ({step.channel})" for step in steps))


def _within(sentence: str) -> str:
    """A sentence as part of another one."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def _was_done(step: LadderStep, day: date) -> bool:
    return any(done.on == day for done in step.done)
