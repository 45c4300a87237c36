"""Everything that can be wrong in a home, collected: what ``chasing check`` says.

Belongs here: asking each reader for its problems. Does not belong here: finding them (the readers do).
"""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from chasing_pipeline.domain.cadence import TODO_CHANNELS, Cadence
from chasing_pipeline.domain.problems import ConfigurationError, ExtractError, Problem
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import Progress
from chasing_pipeline.ledger.store import Ledger
from chasing_pipeline.planning.day import DayPlanner
from chasing_pipeline.planning.frozen import frozen_problems
from chasing_pipeline.resources.chasing import Chasing


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
        known = {row["customer_number"] for row in planner.rows("customers")}
        untold = planner.check("checks/untold_accounts")[0]["account_count"]
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
    return remarks + unknown + strangers + (_restarts_without_effect(home.cadences) if untold else [])


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
    from chasing_pipeline.messages.library import TemplateLibrary

    default = chasing.home.settings.company.language
    library = TemplateLibrary.of_home(chasing.home.templates, default)
    used = {
        (name, step.channel)
        for cadence in cadences
        for step in cadence.steps
        if step.channel not in TODO_CHANNELS
        for name in (step.template, step.multi_template)
        if name
    }
    return [
        problem
        for name, channel in sorted(used)
        for problem in library.check(name, channel, sorted({default, *languages}))
    ]


def _problems_of(read: Callable[[], Any]) -> list[Problem]:
    try:
        read()
    except ConfigurationError as error:
        return list(error.problems)
    return []
