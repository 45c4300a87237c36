"""YAML is read so that nothing changes its value on the way and every complaint has its line."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from chasing_pipeline.domain.problems import ConfigurationError, Problem
from chasing_pipeline.domain.yaml_files import YamlDocument, read_yaml

Document = Callable[[str], YamlDocument]
Problems = Callable[[str], list[Problem]]


def test_norway_stays_a_word(document: Document) -> None:
    content = document("countries: [NO, GB, no, yes, on, off, y, n]").content
    assert content == {"countries": ["NO", "GB", "no", "yes", "on", "off", "y", "n"]}


def test_true_and_false_are_truth_values(document: Document) -> None:
    assert document("a: true\nb: False").content == {"a": True, "b": False}


def test_seven_in_the_morning_is_no_number_of_minutes(document: Document) -> None:
    assert document("at: 07:00\nuntil: 20:30").content == {"at": "07:00", "until": "20:30"}


def test_a_date_stays_as_it_is_written(document: Document) -> None:
    assert document("first_day: 2026-03-09").content == {"first_day": "2026-03-09"}


def test_decimals_are_exact(document: Document) -> None:
    amount = document("amount: 0.10").content["amount"]
    assert (amount, str(amount), type(amount)) == (Decimal("0.10"), "0.10", Decimal)


def test_whole_numbers_are_numbers_and_a_leading_zero_makes_a_word(document: Document) -> None:
    assert document("a: -3\nb: 0\nc: 0042\nd: 1_000").content == {"a": -3, "b": 0, "c": "0042", "d": "1_000"}


def test_what_is_left_empty_is_nothing(document: Document) -> None:
    assert document("a:\nb: ~\nc: null\nd: ''").content == {"a": None, "b": None, "c": None, "d": ""}


def test_an_empty_file_has_no_fields(document: Document) -> None:
    assert document("# nothing yet\n").content == {}


def test_a_problem_stands_on_the_line_of_its_field(document: Document) -> None:
    found = document("a: 1\nb:\n  - c: 2\n  - c: 3\n    d: 4\n").problem(("b", 1, "d"), "is wrong")
    assert str(found) == "file.yaml:5: b[2].d: is wrong"


def test_a_problem_of_an_absent_field_stands_on_the_line_of_what_encloses_it(document: Document) -> None:
    found = document("a: 1\nb:\n  - c: 2\n  - c: 3\n").problem(("b", 1, "e", "f"), "is missing")
    assert str(found) == "file.yaml:4: b[2].e.f: is missing"


def test_a_field_given_twice_is_refused_with_the_line_of_the_second(problems_of_file: Problems) -> None:
    assert [str(found) for found in problems_of_file("a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n")] == [
        "file.yaml:5: b.c: this field is given twice"
    ]


def test_all_fields_given_twice_are_named_at_once(problems_of_file: Problems) -> None:
    assert [found.line for found in problems_of_file("a: 1\na: 2\nb: 1\nb: 2\n")] == [2, 4]


def test_what_is_no_yaml_is_refused_with_its_line(problems_of_file: Problems) -> None:
    [found] = problems_of_file("a: 1\nb: [1, 2\nc: 3\n")
    assert found.file == "file.yaml"
    assert found.line in (2, 3)
    assert "this is not YAML" in found.message


def test_two_documents_in_one_file_are_refused(problems_of_file: Problems) -> None:
    [found] = problems_of_file("a: 1\n---\nb: 2\n")
    assert found.line == 2


def test_a_tag_that_would_run_code_is_refused(problems_of_file: Problems) -> None:
    [found] = problems_of_file("a: 1\nb: !!python/object/apply:os.system ['true']\n")
    assert (found.line, "this is not YAML" in found.message) == (2, True)


def test_a_placeholder_in_braces_without_quotes_is_refused_with_its_line(problems_of_file: Problems) -> None:
    [found] = problems_of_file("a: 1\nportal_url: {{customer_number}}\n")
    assert found.line == 2


def test_a_control_character_is_refused_as_no_yaml(problems_of_file: Problems) -> None:
    [found] = problems_of_file("a: 1\nb: x\x07y\n")
    assert "this is not YAML" in found.message


def test_an_alias_within_its_own_anchor_is_refused(problems_of_file: Problems) -> None:
    [found] = problems_of_file("a: 1\nb: &b [*b]\n")
    assert found.line == 2


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"^chasing\.yaml: the file does not exist$"):
        read_yaml(tmp_path / "chasing.yaml")


def test_a_file_that_is_no_utf_8_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chasing.yaml"
    path.write_bytes("company: {name: Müller}".encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"chasing\.yaml: the file is not UTF-8 text"):
        read_yaml(path)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "chasing.yaml"
    path.write_bytes("company: {name: Müller}".encode("utf-8-sig"))
    assert read_yaml(path).content == {"company": {"name": "Müller"}}


def test_problems_come_by_file_and_line_and_each_once() -> None:
    first, second = Problem("a.yaml", 2, "x", "m"), Problem("a.yaml", 10, "x", "m")
    assert str(ConfigurationError([second, first, second])) == "a.yaml:2: x: m\na.yaml:10: x: m"
