"""Writing one YAML file and saying what is wrong with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chasing_pipeline.domain.cadence import Cadence
from chasing_pipeline.domain.problems import ConfigurationError, Problem
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.domain.yaml_files import YamlDocument, read_yaml, validate

SMALLEST_CADENCE = """\
cadence: standard
steps:
  - {step: reminder, clock: past_due_age, day: 3, channel: email, template: overdue}
"""


@pytest.fixture
def document(tmp_path: Path) -> Callable[[str], YamlDocument]:
    """What one YAML file of that text holds."""

    def read(text: str) -> YamlDocument:
        path = tmp_path / "file.yaml"
        path.write_text(text, encoding="utf-8")
        return read_yaml(path)

    return read


@pytest.fixture
def problems_of_file(document: Callable[[str], YamlDocument]) -> Callable[[str], list[Problem]]:
    """What is wrong with a YAML file of that text."""

    def find(text: str) -> list[Problem]:
        with pytest.raises(ConfigurationError) as caught:
            document(text)
        return caught.value.problems

    return find


@pytest.fixture
def cadence(document: Callable[[str], YamlDocument]) -> Callable[[str], Cadence]:
    """The cadence of that text."""
    return lambda text: validate(document(text), Cadence)


@pytest.fixture
def cadence_problems(cadence: Callable[[str], Cadence]) -> Callable[[str], list[str]]:
    """What is wrong with the cadence of that text, one sentence each."""

    def find(text: str) -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            cadence(text)
        return [str(problem) for problem in caught.value.problems]

    return find


@pytest.fixture
def settings(document: Callable[[str], YamlDocument]) -> Callable[[str], Settings]:
    """The settings of that text, below a company of a name."""
    return lambda text: validate(document(text if "company:" in text else f"company: {{name: Acme}}\n{text}"), Settings)


@pytest.fixture
def settings_problems(settings: Callable[[str], Settings]) -> Callable[[str], list[str]]:
    """What is wrong with the settings of that text, one sentence each."""

    def find(text: str) -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            settings(text)
        return [str(problem) for problem in caught.value.problems]

    return find
