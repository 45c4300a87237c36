"""Who is told that a run failed, by what, and what is never said."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from dagster import (
    DagsterInstance,
    DefaultSensorStatus,
    Definitions,
    SkipReason,
    build_run_status_sensor_context,
    job,
    op,
)

from chasing_pipeline.alerts import AlertNotSent, FailedRun, alert, composed
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.resources.chasing import Chasing
from tests.orchestration.runs import run_daily

DAY = date(2026, 3, 18)
At = Callable[[Path, date], Definitions]
FAILED = FailedRun("1234abcd", "daily_chasing", "2026-03-18", ("plan: KeyError; the run's log says more.",))
COMPANY = {"name": "Example Ltd"}


def wanted(home: Path) -> None:
    path = home / "chasing.yaml"
    path.write_text(path.read_text() + "\nalerts: {email: ar-team@example.com}\n")


def react(definitions: Definitions, instance: DagsterInstance, run, event) -> str:  # type: ignore[no-untyped-def]
    sensor = definitions.resolve_sensor_def("alert_sensor")
    context = build_run_status_sensor_context("alert_sensor", event, instance, run).for_run_failure()
    found = sensor(context)  # type: ignore[operator]
    assert isinstance(found, SkipReason)
    return found.skip_message or ""


def test_a_failed_run_is_a_file_in_the_outbox_of_a_trial_with_the_reason_in_a_sentence(
    sample_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    wanted(sample_home)
    (sample_home / "extracts" / DAY.isoformat() / "invoices.csv").unlink()
    definitions = definitions_at(sample_home, DAY)
    result = run_daily(definitions, instance, DAY, fails=True)
    run = instance.get_run_by_id(result.run_id)
    (event,) = (event for event in result.all_events if event.event_type_value == "PIPELINE_FAILURE")
    said = react(definitions, instance, run, event)
    assert said.endswith(f"written to outbox/alerts/{result.run_id}.eml")
    mail = message_from_bytes((sample_home / "outbox" / "alerts" / f"{result.run_id}.eml").read_bytes(), policy=default)
    assert mail["To"] == "ar-team@example.com"
    assert mail["Subject"] == "daily_chasing failed for 2026-03-18: Harbour & Vale Supplies Ltd"
    body = mail.get_body()
    assert body is not None
    assert "extracts: extracts/2026-03-18: there is no file for the table invoices" in body.get_content()


def test_of_an_error_that_is_not_ours_only_its_kind_is_told(
    sample_home: Path, definitions_at: At, instance: DagsterInstance
) -> None:
    wanted(sample_home)

    @op
    def break_down() -> None:
        raise KeyError("smtp://user:secret@mail.example, to jane@example.com")

    @job
    def broken() -> None:
        break_down()

    result = broken.execute_in_process(instance=instance, raise_on_error=False)
    (event,) = (event for event in result.all_events if event.event_type_value == "PIPELINE_FAILURE")
    react(definitions_at(sample_home, DAY), instance, instance.get_run_by_id(result.run_id), event)
    text = (sample_home / "outbox" / "alerts" / f"{result.run_id}.eml").read_text()
    assert "break_down: KeyError; the run's log says more." in text
    assert "secret" not in text
    assert "jane@" not in text


@pytest.mark.parametrize("is_wanted", [True, False])
def test_the_sensor_is_on_where_somebody_wants_to_be_told(
    sample_home: Path, definitions_at: At, is_wanted: bool
) -> None:
    if is_wanted:
        wanted(sample_home)
    found = definitions_at(sample_home, DAY).resolve_sensor_def("alert_sensor").default_status
    assert found == (DefaultSensorStatus.RUNNING if is_wanted else DefaultSensorStatus.STOPPED)


def test_nobody_is_told_without_an_address_or_without_a_mail_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SMTP_URL", raising=False)
    assert "alerts.email is not set" in alert(FAILED, Settings.model_validate({"company": COMPANY}), tmp_path)
    live = Settings.model_validate({"company": COMPANY, "mode": "live", "alerts": {"email": "a@example.com"}})
    assert "SMTP_URL is not set" in alert(FAILED, live, tmp_path)
    assert not list(tmp_path.iterdir())


def test_live_it_goes_through_the_mail_server(
    smtp_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, received: list[bytes]
) -> None:
    monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{smtp_port}")
    live = Settings.model_validate({"company": COMPANY, "mode": "live", "alerts": {"email": "a@example.com"}})
    assert alert(FAILED, live, tmp_path) == "sent to a@example.com"
    (content,) = received
    assert b"daily_chasing failed for 2026-03-18" in content
    assert b"Auto-Submitted: auto-generated" in content


@pytest.mark.parametrize("url", ["smtp://user:hush@127.0.0.1:1", "http://user:hush@example.com"])
def test_a_mail_server_that_can_not_be_used_is_an_error_without_its_password(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_URL", url)
    live = Settings.model_validate({"company": COMPANY, "mode": "live", "alerts": {"email": "a@example.com"}})
    with pytest.raises(AlertNotSent) as caught:
        alert(FAILED, live, tmp_path)
    assert "hush" not in str(caught.value)


def test_a_stopped_run_has_no_day_and_says_so() -> None:
    settings = Settings.model_validate({"company": COMPANY})
    mail = composed(replace(FAILED, days="", reasons=("It was stopped.",)), settings, "a@example.com")
    assert mail["Subject"] == "daily_chasing failed: Example Ltd"
    assert "It was stopped." in mail.get_content()


def test_a_home_without_alerts_has_a_sensor_that_tells_nobody(sample_home: Path) -> None:
    assert Chasing(sample_home).home.settings.alerts.email is None
