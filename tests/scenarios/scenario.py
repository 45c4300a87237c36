"""Scenarios: small chasing homes written by hand in YAML, and the actions that the contract promises for them.

Belongs here: the short notation of the YAML files (see README.md beside this file), how a scenario becomes a home on
disk. Does not belong here: any rule of chasing; what is expected stands in the YAML, worked out by hand.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tests.properties.homes import ChasingHome, Record, write_home

FILES = sorted(Path(__file__).parent.glob("*.yaml"))
COLUMNS = (
    "action_date", "customer_number", "currency", "cadence", "step", "channel", "invoice_numbers", "balance",
)  # fmt: skip
"""What a row of ``expect`` says, in this order."""

FIELDS = {
    "name", "source", "why", "cadence", "cadences", "customers", "contacts", "invoices", "transactions", "holds",
    "enrolments", "extracts", "from", "to", "only_days", "expect",
}  # fmt: skip
NO_TEMPLATE = ("phone_call", "escalate")
CUSTOMER, CURRENCY, SHORT_DAY = re.compile(r"C\d+"), re.compile(r"[A-Z]{3}"), re.compile(r"\d\d-\d\d")
REACHABLE = {
    "name": "Ann", "email": "ann@example.com", "phone": "+442079460123", "mobile": "+447400123456", "is_primary": True,
}  # fmt: skip


@dataclass(frozen=True)
class Scenario:
    """One scenario of a YAML file."""

    file: str
    name: str
    content: Record
    shared_cadences: dict[str, Record] = field(default_factory=dict, repr=False)

    @property
    def identifier(self) -> str:
        """How pytest names it."""
        return f"{self.file}: {self.name}"

    @property
    def first(self) -> date:
        """The first day that is replayed."""
        first: date = self.content["from"]
        return first

    @property
    def last(self) -> date:
        """The last day that is replayed."""
        last: date = self.content["to"]
        return last

    @property
    def only_days(self) -> frozenset[date] | None:
        """The run days; None: all of them."""
        days = self.content.get("only_days")
        return None if days is None else frozenset(self.day(day) for day in days)

    @property
    def expected(self) -> list[str]:
        """The rows that must come, and no others."""
        return sorted(" ".join([str(self.day(row.split()[0])), *row.split()[1:]]) for row in self.content["expect"])

    def day(self, text: Any) -> date:
        """A day, written in full or as month and day of the year in which the scenario begins."""
        if isinstance(text, date):
            return text
        return date.fromisoformat(f"{self.first.year}-{text}" if SHORT_DAY.fullmatch(text) else text)

    def write(self, directory: Path) -> Path:
        """Write the chasing home into a directory."""
        return write_home(
            ChasingHome(
                cadences=self._cadences(),
                extracts=self._extracts(),
                enrolments=[self._enrolment(text.split()) for text in self.content.get("enrolments", [])],
                holds=[self._hold(text.split()) for text in self.content.get("holds", [])],
            ),
            directory,
        )

    def _cadences(self) -> list[Record]:
        listed = self.content.get("cadences", [self.content["cadence"]] if "cadence" in self.content else [])
        return [self._cadence(cadence) for cadence in listed]

    def _cadence(self, given: str | Record) -> Record:
        own = {"like": given} if isinstance(given, str) else dict(given)
        like = own.pop("like", None)
        cadence = {**({"cadence": like, **self.shared_cadences[like]} if like else {}), **own}
        if "enrolments" not in self.content:
            cadence.setdefault("assign", {})
        cadence["steps"] = [
            {**({} if step["channel"] in NO_TEMPLATE else {"template": "plain"}), **step} for step in cadence["steps"]
        ]
        return cadence

    def _extracts(self) -> dict[date, dict[str, list[Record]]]:
        """The extracts by day; by default one of the last day."""
        given = self.content.get("extracts", {self.last: {}})
        return {self.day(day): self._tables({**self.content, **(tables or {})}) for day, tables in given.items()}

    def _tables(self, content: Record) -> dict[str, list[Record]]:
        invoices = [self._invoice(text.split()) for text in content.get("invoices", [])]
        movements = content.get("transactions", [])
        transactions = [
            {"transaction_id": f"T{number}", **self._transaction(text.split(), invoices)}
            for number, text in enumerate([] if movements == "none" else movements, start=1)
        ]
        special: dict[str, Record] = content.get("customers", {})
        numbers = sorted({row["customer_number"] for row in [*invoices, *transactions]} | set(special))
        contacts = content.get("contacts", {})
        tables = {
            "customers": [self._customer(number, special.get(number, {})) for number in numbers],
            "contacts": [
                {"customer_number": number, **contact}
                for number in numbers
                for contact in contacts.get(number, [REACHABLE])
            ],
            "invoices": invoices,
            "transactions": transactions,
        }
        if movements == "none":
            del tables["transactions"]
        return tables

    def _customer(self, number: str, own: Record) -> Record:
        return {"customer_number": number, "name": f"{number} Ltd", "address1": "1 High Street", "country": "GB", **own}

    def _invoice(self, words: list[str]) -> Record:
        """``NUMBER[#INSTALMENT] ISSUED DUE AMOUNT``, then in any order customer, currency, ``column=value``."""
        number, instalment = reference(words[0])
        row: Record = {
            "invoice_number": number,
            "instalment": instalment,
            "customer_number": "C1",
            "issue_date": self.day(words[1]),
            "due_date": None if words[2] == "-" else self.day(words[2]),
            "currency": "GBP",
            "amount": words[3],
        }
        for word in words[4:]:
            if "=" in word:
                column, value = word.split("=")
                row[column] = str(self.day(value)) if SHORT_DAY.fullmatch(value) else value
            elif CUSTOMER.fullmatch(word):
                row["customer_number"] = word
            elif CURRENCY.fullmatch(word):
                row["currency"] = word
            else:
                raise ValueError(f"{self.identifier}: what is {word}?")
        return row

    def _transaction(self, words: list[str], invoices: Iterable[Record]) -> Record:
        """``TYPE DATE AMOUNT``, then in any order an invoice, customer, currency; the invoice tells the last two."""
        row: Record = {"type": words[0], "date": self.day(words[1]), "amount": words[2]}
        for word in words[3:]:
            if CUSTOMER.fullmatch(word):
                row["customer_number"] = word
            elif CURRENCY.fullmatch(word):
                row["currency"] = word
            else:
                row["invoice_number"], row["instalment"] = reference(word)
        paid = next((item for item in invoices if item["invoice_number"] == row.get("invoice_number")), {})
        return {
            "customer_number": paid.get("customer_number", "C1"),
            "currency": paid.get("currency", "GBP"),
            **row,
        }

    def _hold(self, words: list[str]) -> Record:
        """``KIND FROM UNTIL``, with ``-`` for none, then in any order customer and invoice."""
        begun, until = (None if word == "-" else self.day(word) for word in words[1:3])
        row: Record = {"customer_number": "C1", "kind": words[0], "from": begun, "until": until}
        for word in words[3:]:
            row["customer_number" if CUSTOMER.fullmatch(word) else "invoice_number"] = word
        return row

    def _enrolment(self, words: list[str]) -> Record:
        """``CUSTOMER CADENCE [CURRENCY]``."""
        return dict(zip(("customer_number", "cadence", "currency"), words, strict=False))


def reference(text: str) -> tuple[str, str | None]:
    """Invoice number and instalment of ``NUMBER[#INSTALMENT]``."""
    number, _, instalment = text.partition("#")
    return number, instalment or None


def printed(row: Record) -> str:
    """A row of the simulation as ``expect`` writes it; an empty list of invoices is ``-``."""
    words = {name: str(row[name]) for name in COLUMNS}
    words["invoice_numbers"] = ";".join(sorted(words["invoice_numbers"].split(";"))) or "-"
    words["balance"] = f"{Decimal(words['balance']):.2f}"
    return " ".join(words.values())


def scenarios() -> Iterator[Scenario]:
    """All scenarios of all files. Raises ValueError where one is not written as README.md says."""
    for path in FILES:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for scenario in content["scenarios"]:
            unknown = set(scenario) - FIELDS
            if unknown or not {"name", "source", "why", "from", "to", "expect"} <= set(scenario):
                raise ValueError(f"{path.name}: {scenario.get('name')}: unknown {unknown}, or a field is missing")
            yield Scenario(path.stem, scenario["name"], scenario, content.get("cadences", {}))
