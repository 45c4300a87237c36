"""``chasing.yaml``: defaults, and faults with file, line and field."""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal

import pytest

from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.settings import Settings

ReadSettings = Callable[[str], Settings]
Problems = Callable[[str], list[str]]


def test_a_company_s_name_is_enough(settings: ReadSettings) -> None:
    read = settings("")
    assert (read.mode, read.max_extract_age_days, read.max_quarantined_share) == ("sandbox", 3, Decimal("0.01"))
    assert (read.company.language, read.company.timezone, read.sources) == ("en", "UTC", {})
    assert (read.contact_hours.from_, read.contact_hours.until) == (time(8), time(20))
    assert read.limits.max_growth is None


def test_settings_are_read_as_they_are_written(settings: ReadSettings) -> None:
    read = settings(
        "company: {name: Fjord AS, timezone: Europe/Oslo, default_country: NO, language: nb}\n"
        "allowed_countries: [NO, SE]\n"
        "first_day: 2026-03-09\n"
        "contact_hours: {from: 09:00, until: 17:30}\n"
        "prices: {currency: NOK, sms: {NO: 0.50, default: 1}, email: {default: 0.0004}}\n"
        "limits: {actions_per_day: 10, per_channel: {letter: 5}, max_growth: 2.5}\n"
        "caller_ids: {NO: ['+4712345678'], default: ['+441234']}\n"
    )
    assert read.company.default_country == "NO"
    assert read.allowed_countries == ("NO", "SE")
    assert read.first_day == date(2026, 3, 9)
    assert (read.contact_hours.from_, read.contact_hours.until) == (time(9), time(17, 30))
    assert read.prices.rows() == [
        ("email", "default", Decimal("0.0004")),
        ("sms", "NO", Decimal("0.50")),
        ("sms", "default", Decimal(1)),
    ]
    assert read.limits.per_channel == {Channel.LETTER: 5}
    assert read.limits.max_growth == Decimal("2.5")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("company: {name: ''}", "file.yaml:1: company.name: "),
        ("company: {address: [x]}", "file.yaml:1: company.name: this field is required"),
        ("company: {name: A, timezone: Mars/Base}", "file.yaml:1: company.timezone: 'Mars/Base' is no IANA time zone"),
        ("company: {name: A, default_country: UK}", "file.yaml:1: company.default_country: 'UK' is no ISO 3166-1"),
        ("company: {name: A, language: english!}", "file.yaml:1: company.language: 'english!' is no language tag"),
        ("mode: test", "file.yaml:2: mode: 'test' is not one of 'sandbox' or 'live'"),
        ("moed: live", "file.yaml:2: moed: there is no such field; check the spelling"),
        ("portal_url: pay.acme.example", "file.yaml:2: portal_url: portal_url must begin with https://"),
        ("caller_ids: {UK: ['+44']}", "file.yaml:2: caller_ids: 'UK' is no ISO 3166-1 country code"),
        ("allowed_countries: [GB, UK]", "file.yaml:2: allowed_countries[2]: 'UK' is no ISO 3166-1 country code"),
        ("prices: {currency: POUND}", "file.yaml:2: prices.currency: 'POUND' is no ISO 4217 currency code"),
        ("prices: {sms: {GB: -1}}", "file.yaml:2: prices.sms.GB: "),
        ("limits: {max_growth: 1}", "file.yaml:2: limits.max_growth: "),
        ("limits: {per_channel: {fax: 5}}", "file.yaml:2: limits.per_channel.fax"),
        ("max_quarantined_share: 1%", "file.yaml:2: max_quarantined_share: "),
        ("max_quarantined_share: 2", "file.yaml:2: max_quarantined_share: "),
        ("first_day: 09.03.2026", "file.yaml:2: first_day: "),
        ("schedule: {at: noon}", 'file.yaml:2: schedule.at: write a time of day as "HH:MM"'),
        ("senders: {email: {name: A, address: nowhere}}", "file.yaml:2: senders.email.address: "),
        ("senders: {email: {name: A, address: 'a@b.example\\nBcc: c@d.example'}}", "file.yaml:2: senders.email.addre"),
        ("sources: {payments: {}}", "file.yaml:2: sources: payments is no table of an extract; there are customers"),
        ("sources: {invoices: {columns: {number: No}}}", "file.yaml:2: sources: invoices.columns: the table has no"),
        ("sources: {invoices: {values: {kind: {A: B}}}}", "file.yaml:2: sources: invoices.values: the table has no"),
        ("sources: {invoices: {constants: {cur: EUR}}}", "file.yaml:2: sources: invoices.constants: the table has no"),
        ("sources: {invoices: {dates: dmy}}", "file.yaml:2: sources.invoices: dates is a format such as"),
        ("sources: {invoices: {decimal: ',', thousands: ','}}", "file.yaml:2: sources.invoices: thousands and decima"),
        ("sources: {invoices: {delimiter: '||'}}", "file.yaml:2: sources.invoices.delimiter: "),
        ("sources: {invoices: {encoding: ebcdic}}", "file.yaml:2: sources.invoices.encoding: 'ebcdic' is not one of"),
    ],
)
def test_a_fault_is_named_with_file_line_and_field(settings_problems: Problems, text: str, expected: str) -> None:
    found = settings_problems(text)
    assert len(found) == 1
    assert found[0].startswith(expected), found[0]


def test_all_faults_are_named_at_once(settings_problems: Problems) -> None:
    found = settings_problems("mode: test\nportal_url: x\nlimits: {max_growth: 0}\n")
    assert [problem.split(": ")[0] for problem in found] == ["file.yaml:2", "file.yaml:3", "file.yaml:4"]


def test_the_message_names_no_field_that_the_file_does_not_have(settings_problems: Problems) -> None:
    [found] = settings_problems("sources:\n  invoices:\n    values:\n      status:\n        O: [open]\n")
    assert found.startswith("file.yaml:6: sources.invoices.values.status.O: ")


def test_a_code_that_is_a_number_can_be_translated(settings: ReadSettings) -> None:
    read = settings("sources: {invoices: {values: {status: {1: open, 2: paid}}}}")
    assert read.sources["invoices"].values == {"status": {"1": "open", "2": "paid"}}


def test_a_constant_that_is_a_number_must_be_quoted_and_the_message_names_it(settings_problems: Problems) -> None:
    [found] = settings_problems("sources: {invoices: {constants: {instalment: 1}}}")
    assert found.startswith("file.yaml:2: sources.invoices.constants.instalment: ")


def test_a_price_for_a_country_that_is_none_is_refused(settings_problems: Problems) -> None:
    [found] = settings_problems("prices: {sms: {UK: 0.04}}")
    assert "'UK' is no ISO 3166-1 country code" in found


def test_contact_hours_that_end_before_they_begin_are_refused(settings_problems: Problems) -> None:
    [found] = settings_problems('contact_hours: {from: "20:00", until: "08:00"}')
    assert found.startswith("file.yaml:2: contact_hours")
