"""What templates may name, and how amounts, dates and addresses read."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chasing_pipeline.domain.action import MessageFacts
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.context import NAMES, message_context
from chasing_pipeline.messages.filters import SPOKEN

Facts = Callable[..., MessageFacts]


def test_every_name_has_a_value(facts: Facts, settings: Settings) -> None:
    assert set(message_context(facts(), settings, "en")) == {*NAMES, SPOKEN}


@pytest.mark.parametrize(
    ("language", "balance", "dates"),
    [
        ("en", "€1,200.00", "Sep 24, 2026, Nov 1, 2026"),
        ("en-GB", "€1,200.00", "24 Sept 2026, 1 Nov 2026"),
        ("fr", "1\u202f200,00\xa0€", "24 sept. 2026, 1 nov. 2026"),
        ("de", "1.200,00\xa0€", "24.09.2026, 01.11.2026"),
    ],
)
def test_amounts_and_dates_are_written_as_the_reader_expects(
    facts: Facts, settings: Settings, language: str, balance: str, dates: str
) -> None:
    context = message_context(facts(currency="EUR"), settings, language)
    assert context["account_balance"] == balance
    assert context["invoice_dates"] == dates


def test_the_lists_are_joined_with_commas(facts: Facts, settings: Settings) -> None:
    context = message_context(facts(), settings, "en")
    assert context["invoice_numbers"] == "INV-1, INV-2"
    assert context["invoice_due_dates"] == "Oct 24, 2026, Dec 1, 2026"


def test_an_invoice_without_a_due_date_is_left_out_of_the_due_dates(facts: Facts, settings: Settings) -> None:
    first, second = facts().invoices
    context = message_context(facts(invoices=(replace(first, due_date=None), second)), settings, "en")
    assert context["invoice_due_dates"] == "Dec 1, 2026"


def test_without_a_contact_the_customer_is_addressed(facts: Facts, settings: Settings) -> None:
    assert message_context(facts(contact_name=None), settings, "en")["customer_contact_name"] == "Acme Ltd"


def test_the_customers_own_portal_wins(facts: Facts, settings: Settings) -> None:
    own = facts(customer={"portal_url": "https://portal.acme.example/pay"})
    assert message_context(own, settings, "en")["portal_url"] == "https://portal.acme.example/pay"


def test_the_customer_number_is_quoted_in_the_portals_address(facts: Facts, settings: Settings) -> None:
    odd = facts(customer={"customer_number": "A/B 1&x=2"})
    assert str(message_context(odd, settings, "en")["portal_url"]).startswith(
        "https://pay.northwind.example/A%2FB%201%26x%3D2?t="
    )


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https://x.example/ onclick=1", "x"])
def test_what_is_no_web_address_becomes_no_link(facts: Facts, settings: Settings, url: str) -> None:
    line = replace(facts().invoices[0], url=url)
    context: dict[str, Any] = message_context(
        facts(customer={"portal_url": url}, invoices=(line,)), settings.model_copy(update={"portal_url": None}), "en"
    )
    assert (context["portal_url"], context["customer_portal_button"], context["invoices"][0].url) == ("", "", "")


@pytest.mark.parametrize(("language", "label"), [("en", "Pay Now"), ("fr-CA", "Payer maintenant"), ("xx", "Pay Now")])
def test_the_button_is_a_link_in_html_and_an_address_in_text(
    facts: Facts, settings: Settings, language: str, label: str
) -> None:
    button: Any = message_context(facts(), settings, language)["customer_portal_button"]
    url = str(button)
    assert url.startswith("https://pay.northwind.example/C-1001?t=")
    assert button.__html__().startswith(f'<a href="{url}" style="')
    assert button.__html__().endswith(f">{label}</a>")


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({}, "2 Trial Road\nLeeds\nLS1 1AA"),
        (
            {"country": "US", "city": "Albany", "state": "NY", "postal_code": "12207"},
            "2 Trial Road\nAlbany, NY 12207\nUnited States",
        ),
        ({"country": "DE", "city": "Bonn", "postal_code": "53111"}, "2 Trial Road\n53111 Bonn\nGermany"),
        ({"address1": None, "city": None, "postal_code": None}, ""),
    ],
)
def test_an_address_reads_as_its_country_writes_it(
    facts: Facts, settings: Settings, fields: dict[str, Any], lines: str
) -> None:
    assert str(message_context(facts(customer=fields), settings, "en")["customer_address"]) == lines


def test_nothing_past_due_is_zero_days_past_due(facts: Facts, settings: Settings) -> None:
    assert message_context(facts(past_due_age_days=-3), settings, "en")["past_due_days"] == 0
    assert message_context(facts(past_due_age_days=None), settings, "en")["past_due_days"] == 0
