"""Templates are found by language, and their faults before anything is sent."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chasing_pipeline.domain.action import MessageFacts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.problems import ConfigurationError
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.context import message_context
from chasing_pipeline.messages.library import Found, TemplateLibrary

Facts = Callable[..., MessageFacts]
Templates = Callable[[dict[str, str]], TemplateLibrary]


@pytest.mark.parametrize(
    ("wanted", "used", "text"),
    [
        ("fr", "fr", "bonjour"),
        ("fr-CA", "fr", "bonjour"),
        ("FR", "FR", "bonjour"),
        ("pt-BR", "pt-BR", "oi"),
        ("pt", "en", "hello"),
        ("it", "en", "hello"),
        ("en-GB", "en", "hello"),
    ],
)
def test_the_nearest_language_is_used(
    facts: Facts, settings: Settings, templates: Templates, wanted: str, used: str, text: str
) -> None:
    library = templates({"t/sms.txt": "hello", "t/fr/sms.txt": "bonjour", "t/pt-BR/sms.txt": "oi"})
    assert library.language_used("t", "sms.txt", wanted) == used
    assert library.render("t", "sms.txt", wanted, message_context(facts(), settings, used)) == text


def test_a_missing_template_is_named_with_the_likeliest_one(templates: Templates) -> None:
    (problem,) = templates({"overdue/sms.txt": "x", "_shared/a.txt": ""}).check("overdu", Channel.SMS, [])
    assert str(problem) == "templates/overdu: there is no such folder; did you mean overdue? there are overdue"


def test_a_missing_part_is_named(templates: Templates) -> None:
    problems = templates({"t/sms.txt": "x"}).check("t", Channel.EMAIL, ["fr"])
    assert {problem.file for problem in problems} == {"templates/t/subject.txt", "templates/t/body.html"}


def test_one_body_is_enough(templates: Templates) -> None:
    assert templates({"t/subject.txt": "x", "t/body.txt": "x"}).check("t", Channel.EMAIL, ["fr"]) == []


def test_an_unknown_name_is_found_with_file_line_and_a_suggestion(templates: Templates) -> None:
    library = templates({"t/sms.txt": "ok", "t/fr/sms.txt": "Bonjour\n{% if false %}{{ custmer_name }}{% endif %}"})
    (problem,) = library.check("t", Channel.SMS, ["fr"])
    assert (problem.file, problem.line) == ("templates/t/fr/sms.txt", 2)
    assert "unknown name 'custmer_name'; did you mean customer_name?" in problem.message


def test_an_unknown_name_in_a_layout_is_found_there(templates: Templates) -> None:
    library = templates({"_shared/a.txt": "\n\n{{ nam }}", "t/sms.txt": "{% extends '_shared/a.txt' %}"})
    (problem,) = library.check("t", Channel.SMS, [])
    assert (problem.file, problem.line) == ("templates/_shared/a.txt", 3)


def test_a_misspelt_attribute_is_found_with_what_there_is(templates: Templates) -> None:
    library = templates({"t/sms.txt": "x\n{% for invoice in invoices %}\n{{ invoice.ammount }}\n{% endfor %}"})
    (problem,) = set(library.check("t", Channel.SMS, []))
    assert (problem.file, problem.line) == ("templates/t/sms.txt", 3)
    assert "an invoice has no 'ammount'; it has reference" in problem.message


def test_a_misspelt_attribute_in_a_rare_branch_is_found(templates: Templates) -> None:
    library = templates({"t/sms.txt": "x{% if not portal_url %}{{ company.nam }}{% endif %}"})
    assert "company has no 'nam'" in library.check("t", Channel.SMS, [])[0].message


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("one\n{% if %}", "Expected an expression"),
        ("one\n{{ 'a' | monney }}", "there is no filter 'monney'; did you mean money?"),
        ("one\n{{ invoices | sum('reference') }}", "sum adds numbers"),
        ("one\n{% include '_shared/none.txt' %}", "there is no file _shared/none.txt"),
        ("one\n{{ customer_name | money }}", "money formats an amount"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(templates: Templates, source: str, message: str) -> None:
    problem = templates({"t/sms.txt": source}).check("t", Channel.SMS, [])[0]
    assert (problem.file, problem.line) == ("templates/t/sms.txt", 2)
    assert message in problem.message


def test_an_empty_part_and_one_that_is_too_long_are_found(templates: Templates) -> None:
    library = templates({"a/sms.txt": "{% if false %}x{% endif %}", "b/sms.txt": "x" * 1601})
    assert library.check("a", Channel.SMS, [])[0].message == "says nothing"
    assert "1,601 characters long" in library.check("b", Channel.SMS, [])[0].message


def test_a_part_that_is_not_utf8_is_found(templates: Templates) -> None:
    library = templates({"t/sms.txt": "x"})
    (library.root / "t" / "sms.txt").write_bytes("fällig".encode("latin-1"))
    assert "isn't UTF-8" in library.check("t", Channel.SMS, [])[0].message


def test_a_to_do_needs_no_part_but_its_own_is_checked(templates: Templates) -> None:
    library = templates({"a/sms.txt": "x", "b/task.txt": "{{ nobody }}"})
    assert library.check("a", Channel.PHONE_CALL, []) == []
    assert library.check("b", Channel.ESCALATE, [])[0].file == "templates/b/task.txt"


def test_a_template_outside_the_folder_is_never_read(templates: Templates) -> None:
    library = templates({"t/sms.txt": "x"})
    assert library.find("../templates/t", ["sms.txt"], "en") is None
    with pytest.raises(ConfigurationError):
        library.render("_shared", "sms.txt", "en", {})


def test_a_home_without_a_folder_of_that_name_gets_the_default(tmp_path: Path) -> None:
    library = TemplateLibrary.of_home(tmp_path / "templates", "de")
    for template in ("intro", "open-item", "due-soon", "overdue", "overdue-many", "final-notice"):
        for channel in Channel:
            assert library.check(template, channel, ["en", "fr", "de", "es"]) == []
    assert library.language_used("overdue", "sms.txt", "fr") == "fr"
    assert library.language_used("overdue", "sms.txt", "it") == "de"


def test_a_homes_own_folder_stands_for_the_whole_template(templates: Templates) -> None:
    own = templates({"overdue/sms.txt": "ours"})
    library = TemplateLibrary.of_home(own.root, "en")
    assert library.find("overdue", ["sms.txt"], "fr") == Found("en", {"sms.txt": "overdue/sms.txt"})
    assert library.find("overdue", ["body.txt"], "fr") is None
    assert library.find("overdue-many", ["sms.txt"], "fr") == Found("fr", {"sms.txt": "overdue-many/fr/sms.txt"})


def test_the_defaults_use_a_homes_own_frame(templates: Templates, facts: Facts, settings: Settings) -> None:
    own = templates({"_shared/email.txt": "Ours. {% block message %}{% endblock %}"})
    context = message_context(facts(), settings, "en")
    text = TemplateLibrary.of_home(own.root, "en").render("overdue", "body.txt", "en", context)
    assert text.startswith("Ours. According to our records")


def test_a_template_stays_as_it_was_when_its_first_message_was_made(
    facts: Facts, settings: Settings, templates: Templates
) -> None:
    library, context = templates({"t/sms.txt": "one"}), message_context(facts(), settings, "en")
    assert library.render("t", "sms.txt", "fr", context) == "one"
    later = templates({"t/sms.txt": "two", "t/fr/sms.txt": "deux"})
    assert library.render("t", "sms.txt", "fr", context) == "one"
    assert later.render("t", "sms.txt", "fr", context) == "deux"


def test_a_language_that_falls_back_is_named(templates: Templates) -> None:
    library = templates({"t/sms.txt": "x", "t/fr/sms.txt": "x", "t/fr/call.txt": "x", "t/call.txt": "x"})
    assert library.fallbacks("t", Channel.SMS, ["en-GB", "fr-CA", "it", "nl"]) == {"it": "en", "nl": "en"}
    assert library.fallbacks("t", Channel.PHONE_CALL, ["it"]) == {}
