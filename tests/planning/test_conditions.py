"""Assignment rules: what a ``when`` may say, that nothing else gets through, and which rule wins."""

import pytest

from chasing_pipeline.domain.problems import ConfigurationError
from chasing_pipeline.engine.duckdb_engine import DuckDBEngine
from chasing_pipeline.ledger.progress import Progress
from chasing_pipeline.planning.conditions import CONDITION_COLUMNS, parse_condition, rules_query
from chasing_pipeline.planning.day import DayPlanner

from .conftest import DAY, Home, customer, invoice

ALLOWED = [
    ("payment_terms = 'NET 30' and language = 'en'", True),
    ("payment_terms in ('NET 30', 'NET 60')", True),
    ("payment_terms not in ('NET 60')", True),
    ("not chase or autopay", False),
    ("balance between 10 and 150.50", True),
    ("balance * 2 - 50 > 150 / 2", True),
    ("city is null and owner is not null", True),
    ("name like 'c1%'", False),
    ("name ilike 'c1%'", True),
    ("lower(country) = 'gb' and upper(name) = 'C1 LTD'", True),
    ("coalesce(city, 'none') = 'none' and length(trim(name)) = 6", True),
    ("oldest_due_date < date '2026-03-02'", True),
    ("currency <> 'GBP'", False),
    ("past_due_age_days = 17 and account_age_days = 45 and open_item_count = 1", True),
    ("days_1_30 = open_amount and abs(unapplied_credit) = 0", True),
    ("NAME = 'C1 Ltd'", True),
    ("name = 'it''s -- no comment; drop table customers'", False),
    ("true", True),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """One customer who owes 100.00 GBP."""
    home = Home(tmp_path_factory.mktemp("conditions"))
    home.settings()
    home.table("customers", [customer("C1", payment_terms="NET 30", language="en", owner="jo@acme.example")])
    home.table("invoices", [invoice("I1")])
    return home


def cadences_of(home: Home, *conditions: str | None) -> list[str]:
    """The cadences whose rules match the customer; the n-th condition is the rule of cadence cN."""
    for path in home.root.glob("cadences/*"):
        path.unlink()
    for number, when in enumerate(conditions):
        home.cadence(f"c{number}", assign={"priority": number, "when": when})
    opened = home.opened
    with DuckDBEngine(threads=1) as engine:
        planner = DayPlanner(engine, opened)
        planner.use_extract_of(DAY)
        planner.use_progress(Progress())
        planner.compute_receivables([DAY])
        engine.define_view("eligibility/assignment_candidates")
        matching = []
        for cadence in opened.cadences:
            engine.materialise_query("rule_matches", rules_query([cadence]))
            matching += [row["cadence"] for row in engine.table_rows("rule_matches") if row["cadence"]]
        return sorted(matching)


def test_conditions_over_columns_hold_or_not(home: Home) -> None:
    found = set(cadences_of(home, *(text for text, _ in ALLOWED)))
    assert found == {f"c{number}" for number, (_, holds) in enumerate(ALLOWED) if holds}


def test_a_rule_without_a_condition_takes_everyone_and_no_rule_takes_nobody(home: Home) -> None:
    assert cadences_of(home, None) == ["c0"]
    assert cadences_of(home) == []


def test_every_column_that_a_condition_may_name_is_there(home: Home) -> None:
    condition = " and ".join(f"{name} is null" for name in sorted(CONDITION_COLUMNS))
    assert cadences_of(home, condition) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("customer_number in (select customer_number from customers)", "a rule can't hold a sub-query"),
        ("exists (select 1)", "sub-query"),
        ("balance > (select 1)", "sub-query"),
        ("select 1", "sub-query"),
        ("credit_limit > 5", "there is no column credit_limit; a rule can use account_age_days, autopay"),
        ("customers.name = 'x'", "there is no column customers.name"),
        ("read_text('/etc/passwd') = ''", "a rule can't use"),
        ("getenv('HOME') = ''", "a rule can't use"),
        ("current_setting('threads') = 1", "a rule can't use"),
        ("count(*) > 1", "a rule can't use"),
        ("sum(balance) > 1", "a rule can't use"),
        ("row_number() over () = 1", "a rule can't use"),
        ("oldest_due_date < current_date", "a rule can't use"),
        ("cast(balance as varchar) = '1'", "a rule can't use"),
        ("balance > $as_of", "a rule can't use"),
        ("balance > ?", "a rule can't use"),
        ("balance > 5; drop table customers", "a rule is one SQL condition"),
        ("drop table customers", "a rule can't"),
        ("copy customers to 'x'", ""),
        ("attach 'x'", ""),
        ("pragma version", ""),
        ("balance > 5 union all select 1", "sub-query"),
        ("true) or (true", "this is no SQL condition"),
        ("balance >", "this is no SQL condition"),
        ("name = 'x", "this is no SQL condition"),
        ("", "a rule is one SQL condition"),
        ("5", "a rule is a condition"),
        ("*", ""),
        ("balance as b", "a rule can't use"),
    ],
)
def test_what_is_no_harmless_condition_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        parse_condition(text)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "name = 'x' -- */ or true",
        "name = 'x' /* a */ -- */ ; drop table assignment_candidates; --",
        "name = 'x' or name = '\\'; drop table assignment_candidates; --'",
        "name = 'x'' or true --'",
        "name = 'x' or \"name\" = '\"'",
        "name = e'\\'' ",
        "name = $$x$$ ",
    ],
)
def test_quotes_and_comments_do_not_get_through(home: Home, text: str) -> None:
    try:
        parse_condition(text)
    except ValueError:
        return
    assert cadences_of(home, text, "true") == ["c1"]


def test_a_fault_in_a_condition_is_named_with_file_line_and_field(home: Home) -> None:
    home.write(
        "cadences/c0.yaml",
        "cadence: c0\nassign:\n  priority: 1\n  when: credit_limit > 5\n"
        "steps:\n  - {step: a, clock: account_age, day: 0, channel: escalate}\n",
    )
    with pytest.raises(
        ConfigurationError, match=r"^cadences/c0\.yaml:4: assign\.when: there is no column credit_limit"
    ):
        _ = home.opened.cadences


@pytest.mark.parametrize("text", ["country = 44", "name > 5", "oldest_due_date > 'soon'"])
def test_a_condition_whose_kinds_do_not_fit_is_refused_with_the_cadence(small_home: Home, text: str) -> None:
    small_home.cadence(assign={"when": text})
    with pytest.raises(ConfigurationError, match="standard"):
        small_home.plan()


# --- which rule wins ----------------------------------------------------------------------------------------------


def cadence_of(home: Home) -> dict[str, str | None]:
    """The cadence of each customer."""
    return {row["customer_number"]: row["cadence"] for row in home.plan()["step_decisions"]}


def test_the_lowest_priority_wins(small_home: Home) -> None:
    small_home.cadence("standard", assign={"priority": 20})
    small_home.cadence("better", assign={"priority": 10, "when": "country = 'GB'"})
    small_home.cadence("best", assign={"priority": 1, "when": "country = 'US'"})
    assert cadence_of(small_home) == {"C1": "better"}


def test_two_rules_that_tie_are_refused_with_both_names_and_an_example(small_home: Home) -> None:
    small_home.cadence("other", assign={})
    with pytest.raises(ConfigurationError) as caught:
        small_home.plan()
    message = str(caught.value)
    assert message.startswith(
        "cadences/other.yaml:1: assign.priority: other and standard (cadences/standard.yaml) match"
    )
    assert "customer C1" in message


def test_rules_of_one_priority_that_match_different_accounts_do_not_tie(small_home: Home) -> None:
    small_home.table("customers", [customer("C1"), customer("C2", country="US")])
    small_home.table("invoices", [invoice("I1"), invoice("I2", "C2")])
    small_home.cadence("standard", assign={"when": "country = 'GB'"})
    small_home.cadence("other", assign={"when": "country = 'US'"})
    assert cadence_of(small_home) == {"C1": "standard", "C2": "other"}


def test_a_tie_below_the_winner_does_no_harm(small_home: Home) -> None:
    small_home.cadence("other", assign={})
    small_home.cadence("winner", assign={"priority": 1})
    assert cadence_of(small_home) == {"C1": "winner"}


def test_explicit_enrolment_beats_rules_and_ties(small_home: Home) -> None:
    small_home.cadence("other", assign={})
    small_home.cadence("special", assign=None)
    small_home.write("enrolments.csv", "customer_number,cadence,currency\nC1,special,\n")
    assert cadence_of(small_home) == {"C1": "special"}


def test_an_enrolment_for_a_currency_beats_one_for_all(small_home: Home) -> None:
    small_home.table("invoices", [invoice("I1"), invoice("I2", currency="EUR")])
    small_home.cadence("aaa", assign=None)
    small_home.cadence("zzz", assign=None)
    small_home.write("enrolments.csv", "customer_number,cadence,currency\nC1,zzz,\nC1,aaa,EUR\n")
    found = {row["currency"]: row["cadence"] for row in small_home.plan()["step_decisions"]}
    assert found == {"GBP": "zzz", "EUR": "aaa"}
