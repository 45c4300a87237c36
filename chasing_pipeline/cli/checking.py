"""Everything that can be wrong in a home, collected: what ``chasing check`` says.

Belongs here: asking each reader for its problems. Does not belong here: finding them (the readers do).
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chasing_pipeline.domain.cadence import TODO_CHANNELS, Cadence, Channel
from chasing_pipeline.domain.problems import ConfigurationError, ExtractError, Problem
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import Progress
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.day import DayPlanner
from chasing_pipeline.planning.frozen import frozen_problems
from chasing_pipeline.resources.chasing import Chasing

if TYPE_CHECKING:
    from chasing_pipeline.messages.library import TemplateLibrary


def home_problems(chasing: Chasing) -> list[Problem]:
    """The problems of settings, cadences, enrolments, holds, templates and the newest extract."""
    home = chasing.home
    problems = _problems_of(lambda: home.settings)
    found, faults = home.read_cadences()
    problems += faults
    cadences = [cadence for _, cadence in found]
    problems += _problems_of(lambda: home.holds)
    if not faults:
        problems += _problems_of(lambda: home.enrolments)
        if Ledger.exists(home.root):
            problems += frozen_problems(home, chasing.ledger)
    if problems:
        settings_are_fine = not any(problem.file == "chasing.yaml" for problem in problems)
        return problems + (_template_problems(chasing, cadences, set()) if settings_are_fine else [])
    if not cadences:
        problems.append(Problem("cadences", None, None, "there is no cadence; nobody would ever be chased"))
    return problems + _extract_and_template_problems(chasing, cadences)


def home_remarks(chasing: Chasing) -> list[str]:
    """What is no fault, but should be known."""
    home = chasing.home
    if not home.extract_days():
        return ["there is no extract yet; put the first one below extracts/YYYY-MM-DD/"]
    day = home.extract_days()[-1]
    with tempfile.TemporaryDirectory() as scratch, DuckDBEngine() as engine:
        planner = DayPlanner(engine, home)
        extract = planner.use_extract_of(day, Path(scratch))
        engine.load_parquet("quarantine", extract.path("quarantine"))
        rejected = engine.table_rows("quarantine")
        customers = list(planner.rows("customers"))
        known = {row["customer_number"] for row in customers}
        untold = planner.check("checks/untold_accounts")[0]["account_count"]
    spoken = {str(row["language"]) for row in customers if row["language"]}
    remarks = [
        f"{row['file']}:{row['line']}: {row['column_name'] or 'row'}: {row['reason']} ({row['value']})"
        for row in rejected
    ]
    unknown = [f"{table}: ignored columns {', '.join(names)}" for table, names in extract.unknown_columns.items()]
    named = [("holds.csv", hold.customer_number) for hold in home.holds]
    named += [("enrolments.csv", enrolment.customer_number) for enrolment in home.enrolments]
    strangers = [
        f"{file}: customer_number: {number} is no customer of the extract of {day}"
        for file, number in dict.fromkeys(named)
        if number not in known
    ]
    remarks += unknown + strangers + (_restarts_without_effect(home.cadences) if untold else [])
    return remarks + message_remarks(chasing, spoken)


def message_remarks(chasing: Chasing, languages: set[str]) -> list[str]:
    """What is no fault of messages, but should be known: languages that fall back, links that nobody can trust."""
    from chasing_pipeline.messages.links import SANDBOX_SECRET
    from chasing_pipeline.messages.maker import link_secret
    from chasing_pipeline.messages.words import has_words

    settings = chasing.home.settings
    library = _library(chasing)
    remarks = [
        f"templates/{name}: not in {wanted} for {channel.value}; its readers get {instead}"
        for name, channel in sorted(_used_templates(chasing.home.cadences))
        for wanted, instead in sorted(library.fallbacks(name, channel, sorted(languages)).items())
    ]
    remarks += [
        f"the words around a template (on a statement, in a call) are not in {language}; they come in English"
        for language in sorted(languages)
        if not has_words(language)
        and any(library.speaks(name, language) for name, _ in _used_templates(chasing.home.cadences))
    ]
    if settings.portal_url and link_secret(settings) in (None, SANDBOX_SECRET):
        how = "not signed" if settings.mode == "live" else "signed with a key that everybody knows"
        remarks.append(f"CHASING_LINK_SECRET is not set: pay links are {how}")
    return remarks


def _restarts_without_effect(cadences: Sequence[Cadence]) -> list[str]:
    return [
        f"{cadence.cadence}: on_oldest_paid: restart needs transactions or paid_on in the extract: balances alone do "
        "not tell when an invoice was settled"
        for cadence in cadences
        if cadence.on_oldest_paid == "restart"
    ]


def _extract_and_template_problems(chasing: Chasing, cadences: list[Cadence]) -> list[Problem]:
    home = chasing.home
    days = home.extract_days()
    languages: set[str] = set()
    problems: list[Problem] = []
    if days:
        with tempfile.TemporaryDirectory() as scratch, DuckDBEngine() as engine:
            try:
                planner = DayPlanner(engine, home)
                planner.use_extract_of(days[-1], Path(scratch))
                languages = {row["language"] for row in planner.rows("customers") if row["language"]}
                planner.use_progress(Progress())
                planner.plan([days[-1]])
            except ExtractError as error:
                problems.append(Problem("extracts", None, None, str(error)))
            except ConfigurationError as error:
                problems += error.problems
    return problems + _template_problems(chasing, cadences, languages)


def _template_problems(chasing: Chasing, cadences: list[Cadence], languages: set[str]) -> list[Problem]:
    library = _library(chasing)
    return [
        problem
        for name, channel in sorted(_used_templates(cadences))
        for problem in library.check(name, channel, sorted({library.default_language, *languages}))
    ]


def _library(chasing: Chasing) -> "TemplateLibrary":
    from chasing_pipeline.messages.library import TemplateLibrary

    return TemplateLibrary.of_home(chasing.home.templates, chasing.home.settings.company.language)


def _used_templates(cadences: Sequence[Cadence]) -> set[tuple[str, Channel]]:
    """The templates that steps name, by channel; a to-do's may be missing."""
    return {
        (name, step.channel)
        for cadence in cadences
        for step in cadence.steps
        if step.channel not in TODO_CHANNELS
        for name in (step.template, step.multi_template)
        if name
    }


def _problems_of(read: Callable[[], Any]) -> list[Problem]:
    try:
        read()
    except ConfigurationError as error:
        return list(error.problems)
    return []
