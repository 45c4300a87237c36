"""What an accounting system may export: formats, several files, other spellings; and what is refused as a whole."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chasing_pipeline.domain.problems import ConfigurationError, ExtractError
from chasing_pipeline.planning.home import ChasingHome

from .conftest import DAY, Home, Record, customer, invoice, payment, rows_of

CUSTOMERS = [customer("C1", chase="true", autopay=None), customer("C2", chase=None, autopay="false")]
CONTACTS = [
    {"customer_number": "C1", "name": "Ann", "email": "ann@one.example", "is_primary": "true"},
    {"customer_number": "C1", "name": "Bob, jun.", "mobile": "+447700900123", "sms_opt_out": "true"},
    {"customer_number": "C2", "name": 'The "Boss"\nof it', "phone": "+442079460018"},
]
INVOICES = [
    invoice("I1", instalment=None, due_date=None, balance="40.10", status="open", disputed="true"),
    invoice("I2", "C2", instalment="1", amount="0.01", paid_on="2026-03-05", status=None),
    invoice("I2", "C2", instalment="2", amount="123456789012345.67"),
    invoice("Ü-3/1", "C2", currency="EUR", amount="-12.30"),
]
TRANSACTIONS = [payment("T1", "I1", "5.00"), payment("T2", None, "1.10", type="refund")]
TABLES = {"customers": CUSTOMERS, "contacts": CONTACTS, "invoices": INVOICES, "transactions": TRANSACTIONS}


def typed(row: Record) -> Record:
    """A row as a system with types of its own exports it."""
    kinds: dict[str, Callable[[str], Any]] = {
        "issue_date": date.fromisoformat, "due_date": date.fromisoformat, "paid_on": date.fromisoformat,
        "date": date.fromisoformat, "instalment": int, "disputed": lambda text: text == "true",
        "chase": lambda text: text == "true", "autopay": lambda text: text == "true", "amount": Decimal,
        "balance": Decimal, "is_primary": lambda text: text == "true", "sms_opt_out": lambda text: text == "true",
    }  # fmt: skip
    return {name: kinds.get(name, str)(value) if value is not None else None for name, value in row.items()}


def all_rows(home: Home) -> dict[str, list[Record]]:
    """The rows of all staged tables."""
    extract = home.staged()
    return {name: rows_of(extract, name) for name in (*TABLES, "quarantine")}


@pytest.fixture
def from_csv(empty_home: Home) -> dict[str, list[Record]]:
    """What the four tables hold that were exported as CSV."""
    for name, rows in TABLES.items():
        empty_home.table(name, rows)
    return all_rows(empty_home)


def test_csv_is_read_as_it_is_written(from_csv: dict[str, list[Record]]) -> None:
    assert from_csv["quarantine"] == []
    assert [row["chase"] for row in from_csv["customers"]] == [True, True]
    assert [row["autopay"] for row in from_csv["customers"]] == [False, False]
    assert [(row["name"], row["file_position"]) for row in from_csv["contacts"]] == [
        ("Ann", 1), ("Bob, jun.", 2), ('The "Boss"\nof it', 3),
    ]  # fmt: skip
    assert [row["amount"] for row in from_csv["invoices"]] == [
        Decimal("100.00"), Decimal("0.01"), Decimal("123456789012345.67"), Decimal("-12.30"),
    ]  # fmt: skip
    assert [row["instalment"] for row in from_csv["invoices"]] == [0, 1, 2, 0]
    assert [row["due_date"] for row in from_csv["invoices"]] == [None, *[date(2026, 3, 1)] * 3]
    assert [row["status"] for row in from_csv["invoices"]] == ["open"] * 4
    assert [row["reduces_by"] for row in from_csv["transactions"]] == [Decimal("5.00"), Decimal("-1.10")]


@pytest.mark.parametrize("form", ["parquet", "jsonl"])
@pytest.mark.parametrize("has_types", [True, False])
def test_the_same_content_gives_the_same_rows_in_every_format(
    empty_home: Home, from_csv: dict[str, list[Record]], form: str, has_types: bool
) -> None:
    for name, rows in TABLES.items():
        (empty_home.root / "extracts" / DAY.isoformat() / f"{name}.csv").unlink()
        empty_home.table(name, [typed(row) for row in rows] if has_types else rows, form=form)
    assert all_rows(empty_home) == from_csv


def test_a_number_without_quotes_is_read_from_json_lines(small_home: Home) -> None:
    (small_home.root / f"extracts/{DAY}/invoices.csv").unlink()
    small_home.extract_file(
        "invoices.jsonl",
        '{"invoice_number": 1001, "customer_number": "C1", "issue_date": "2026-02-01", "due_date": null, '
        '"currency": "GBP", "amount": 100.10, "disputed": false}\n',
    )
    [row] = small_home.staged_rows("invoices")
    assert (row["invoice_number"], row["amount"], row["due_date"], row["disputed"]) == (
        "1001", Decimal("100.10"), None, False,
    )  # fmt: skip


def test_several_files_of_one_table_are_read_together(empty_home: Home) -> None:
    empty_home.table("customers", [customer("C1")], part="-north")
    empty_home.table("customers", [customer("C2")], part="-south")
    empty_home.table("invoices", [invoice("I1"), invoice("I3")])
    empty_home.table("invoices", [invoice("I2", "C2"), invoice("I1")], part="-2")
    assert [row["customer_number"] for row in empty_home.staged_rows("customers")] == ["C1", "C2"]
    assert {row["invoice_number"] for row in empty_home.staged_rows("invoices")} == {"I1", "I2", "I3"}
    assert [row[1:] for row in empty_home.rejected()] in ([(3, "invoice_number", "I1")], [(2, "invoice_number", "I1")])


def test_files_of_one_table_may_have_their_columns_in_another_order(empty_home: Home) -> None:
    empty_home.table("customers", [customer("C1")])
    empty_home.table("invoices", [invoice("I1")], part="-1")
    empty_home.table("invoices", [dict(reversed(invoice("I2", status="draft").items()))], part="-2")
    assert [(r["invoice_number"], r["amount"], r["status"]) for r in empty_home.staged_rows("invoices")] == [
        ("I1", Decimal("100.00"), "open"), ("I2", Decimal("100.00"), "draft"),
    ]  # fmt: skip


def test_a_file_of_another_table_is_not_taken_for_one_of_several(small_home: Home) -> None:
    small_home.extract_file("invoices_old.csv", "nonsense\n")
    small_home.extract_file("invoices.csv.bak", "nonsense\n")
    assert len(small_home.staged_rows("invoices")) == 1


def test_only_customers_and_invoices_are_required(small_home: Home) -> None:
    extract = small_home.staged()
    assert (extract.rows["contacts"], extract.rows["transactions"], extract.has_transactions) == (0, 0, False)


def test_a_table_with_a_heading_and_no_rows_is_empty(small_home: Home) -> None:
    small_home.extract_file("transactions.csv", "transaction_id,customer_number,date,currency,amount,type\n")
    extract = small_home.staged()
    assert (extract.rows["transactions"], extract.has_transactions) == (0, True)


def test_json_lines_without_a_line_are_a_table_without_rows(small_home: Home) -> None:
    small_home.extract_file("transactions.jsonl", "")
    assert small_home.staged().rows["transactions"] == 0


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(small_home: Home) -> None:
    small_home.extract_file("customers.csv", "customer_number,name\r\nC1,Müller\r\n".encode("utf-8-sig"))
    assert [row["name"] for row in small_home.staged_rows("customers")] == ["Müller"]


def test_the_heading_may_have_blanks_around_its_names(small_home: Home) -> None:
    small_home.extract_file("customers.csv", "customer_number , name\nC1,Acme\n")
    assert [row["name"] for row in small_home.staged_rows("customers")] == ["Acme"]


def test_unknown_columns_are_ignored_and_named_once(empty_home: Home) -> None:
    empty_home.table("customers", [customer("C1", shoe_size="43")])
    for part in ("-1", "-2"):
        empty_home.table("invoices", [invoice(f"I{part}", clerk="Jo", area="N")], part=part)
    extract = empty_home.staged()
    assert extract.unknown_columns == {"customers": ["shoe_size"], "invoices": ["area", "clerk"]}
    assert extract.rows == {"customers": 1, "contacts": 0, "invoices": 2, "transactions": 0}


# --- what is refused as a whole -----------------------------------------------------------------------------------


def refusal(home: Home) -> str:
    """The message with which the extract is refused; nothing of it may be left."""
    with pytest.raises(ExtractError) as caught:
        home.staged()
    staged = home.root / "warehouse" / "extracts"
    assert [path for path in staged.rglob("*") if path.is_file()] == []
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_one_table_in_two_formats_is_refused(small_home: Home) -> None:
    small_home.table("invoices", [invoice("I9")], form="jsonl")
    message = refusal(small_home)
    assert "invoices.csv, invoices.jsonl hold the same table in different formats" in message
    assert DAY.isoformat() in message


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_missing_required_column_is_named_with_its_file(small_home: Home, form: str) -> None:
    (small_home.root / f"extracts/{DAY}/invoices.csv").unlink()
    row = {name: value for name, value in invoice("I1").items() if name not in ("amount", "currency")}
    small_home.table("invoices", [row], form=form)
    message = refusal(small_home)
    assert f"{DAY}/invoices.{form}: the required column currency, amount is missing" in message
    assert "sources.invoices.columns" in message


def test_a_missing_column_in_one_of_several_files_is_named_with_that_file(empty_home: Home) -> None:
    empty_home.table("customers", [customer("C1")])
    empty_home.table("invoices", [invoice("I1")], part="-1")
    empty_home.extract_file("invoices-2.csv", "invoice_number,customer_number\nI2,C1\n")
    assert f"{DAY}/invoices-2.csv: the required column issue_date, currency, amount" in refusal(empty_home)


@pytest.mark.parametrize("table", ["customers", "invoices"])
def test_a_missing_file_is_named(small_home: Home, table: str) -> None:
    (small_home.root / f"extracts/{DAY}/{table}.csv").unlink()
    assert f"extracts/{DAY}: there is no file for the table {table}; expected {table}.csv" in refusal(small_home)


@pytest.mark.parametrize("content", [b"", b"\n"])
def test_an_empty_csv_file_is_refused(small_home: Home, content: bytes) -> None:
    small_home.extract_file("customers.csv", content)
    assert f"{DAY}/customers.csv: the file can't be read as csv: the file is empty" in refusal(small_home)


def test_a_file_that_is_no_parquet_is_refused(small_home: Home) -> None:
    small_home.extract_file("contacts.parquet", b"customer_number,name\nC1,Ann\n")
    assert f"{DAY}/contacts.parquet: the file can't be read as parquet: " in refusal(small_home)


def test_a_column_that_is_there_twice_is_refused(small_home: Home) -> None:
    small_home.extract_file("customers.csv", "customer_number,name,city,name\nC1,Acme,Leeds,Other\n")
    message = refusal(small_home)
    assert f"{DAY}/customers.csv" in message
    assert "the column name is there twice" in message


def test_a_folder_in_the_place_of_a_file_is_refused(small_home: Home) -> None:
    (small_home.root / f"extracts/{DAY}/contacts.csv").mkdir()
    assert f"{DAY}/contacts.csv: the file can't be read" in refusal(small_home)


def test_a_fault_in_the_last_file_leaves_nothing_of_the_first(small_home: Home) -> None:
    small_home.extract_file("transactions.csv", "transaction_id\nT1\n")
    assert "transactions.csv: the required column customer_number" in refusal(small_home)


def test_an_extract_that_broke_leaves_its_last_good_staging_and_does_not_use_it(small_home: Home) -> None:
    small_home.staged()
    small_home.extract_file("customers.csv", "name\nAcme\n")
    with pytest.raises(ExtractError, match="customer_number"):
        small_home.staged()


# --- sources ------------------------------------------------------------------------------------------------------


def test_columns_can_have_other_names(small_home: Home) -> None:
    small_home.settings(sources={"invoices": {"columns": {"invoice_number": "Doc No", "amount": "Total (gross)"}}})
    row = invoice("I1")
    small_home.table("invoices", [{"Doc No": row.pop("invoice_number"), "Total (gross)": row.pop("amount"), **row}])
    [staged] = small_home.staged_rows("invoices")
    assert (staged["invoice_number"], staged["amount"]) == ("I1", Decimal("100.00"))
    assert small_home.staged().unknown_columns == {}


def test_a_renamed_column_that_is_missing_is_named_both_ways(small_home: Home) -> None:
    small_home.settings(sources={"invoices": {"columns": {"due_date": "Due"}}})
    assert "the required column Due (for due_date) is missing" in refusal(small_home)


def test_a_constant_fills_what_the_file_lacks_or_leaves_empty(small_home: Home) -> None:
    small_home.settings(sources={"invoices": {"constants": {"currency": "EUR"}}})
    row = invoice("I1")
    del row["currency"]
    small_home.table("invoices", [row])
    assert [r["currency"] for r in small_home.staged_rows("invoices")] == ["EUR"]


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_a_constant_fills_empty_cells_in_every_format(small_home: Home, form: str) -> None:
    small_home.settings(sources={"invoices": {"constants": {"currency": "EUR"}}})
    (small_home.root / f"extracts/{DAY}/invoices.csv").unlink()
    small_home.table("invoices", [invoice("I1", currency=None), invoice("I2"), invoice("I3", currency="")], form=form)
    assert [r["currency"] for r in small_home.staged_rows("invoices")] == ["EUR", "GBP", "EUR"]


def test_values_are_translated_and_others_left(small_home: Home) -> None:
    small_home.settings(
        sources={
            "invoices": {"values": {"status": {"O": "open", "S": "void"}}},
            "customers": {"values": {"chase": {"N": False, "J": True}}},
        }
    )
    small_home.table("customers", [customer("C1", chase="N"), customer("C2", chase="J"), customer("C3", chase="true")])
    small_home.table("invoices", [invoice("I1", status="O"), invoice("I2", status="S"), invoice("I3", status="draft")])
    assert [r["chase"] for r in small_home.staged_rows("customers")] == [False, True, True]
    assert [r["status"] for r in small_home.staged_rows("invoices")] == ["open", "void", "draft"]


@pytest.mark.parametrize(
    ("dates", "written"),
    [("%m/%d/%Y", "03/04/2026"), ("%d.%m.%Y", "04.03.2026"), ("%Y%m%d", "20260304"), ("%d-%b-%y", "04-Mar-26")],
)
def test_dates_are_read_as_the_mapping_says(small_home: Home, dates: str, written: str) -> None:
    small_home.settings(sources={"invoices": {"dates": dates}})
    small_home.table("invoices", [invoice("I1", issue_date="2026-02-01", due_date=written, paid_on=written)])
    [row] = small_home.staged_rows("invoices")
    assert (row["due_date"], row["paid_on"]) == (date(2026, 3, 4), date(2026, 3, 4))


@pytest.mark.parametrize(
    ("decimal", "thousands", "written", "amount"),
    [
        (",", ".", "1.234.567,89", "1234567.89"),
        (",", ".", "12,5", "12.50"),
        (",", "", "1234,56", "1234.56"),
        (",", " ", "1 234,56", "1234.56"),
        (".", ",", "1,234.56", "1234.56"),
        (".", "'", "1'234.56", "1234.56"),
        (",", ".", "-1.000,00", "-1000.00"),
    ],
)
def test_amounts_are_read_as_the_mapping_says(
    small_home: Home, decimal: str, thousands: str, written: str, amount: str
) -> None:
    small_home.settings(sources={"invoices": {"decimal": decimal, "thousands": thousands}})
    small_home.table("invoices", [invoice("I1", amount=written, balance=written)])
    [row] = small_home.staged_rows("invoices")
    assert (row["amount"], row["balance"]) == (Decimal(amount), Decimal(amount))


@pytest.mark.parametrize("written", ["1,234.56", "1.234,56", "100,00", "£100", "100 GBP", "1.000.000"])
def test_an_amount_that_is_spelt_otherwise_than_told_is_rejected_and_not_guessed(
    small_home: Home, written: str
) -> None:
    small_home.table("invoices", [invoice("I1", amount=written)])
    assert small_home.rejected() == [("invoices.csv", 2, "amount", written)]


def test_a_point_in_an_amount_with_a_decimal_comma_is_rejected_and_not_guessed(small_home: Home) -> None:
    small_home.settings(sources={"invoices": {"decimal": ","}})
    small_home.table("invoices", [invoice("I1", amount="1234.56")])
    assert small_home.rejected() == [("invoices.csv", 2, "amount", "1234.56")]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_german_export_is_read(small_home: Home, encoding: str) -> None:
    source = {"file": "OP_Liste*.csv", "delimiter": ";", "encoding": encoding, "dates": "%d.%m.%Y", "decimal": ",",
              "thousands": ".", "constants": {"currency": "EUR"},
              "columns": {"invoice_number": "Belegnr", "customer_number": "Debitor", "issue_date": "Belegdatum",
                          "due_date": "Fälligkeit", "amount": "Betrag"}}  # fmt: skip
    small_home.settings(sources={"invoices": source})
    text = "Belegnr;Debitor;Belegdatum;Fälligkeit;Betrag\nRÄ-1;C1;01.02.2026;03.03.2026;1.234,50\n"
    small_home.extract_file("OP_Liste_2026.csv", text.encode(encoding))
    [row] = small_home.staged_rows("invoices")
    assert (row["invoice_number"], row["due_date"], row["amount"], row["currency"]) == (
        "RÄ-1", date(2026, 3, 3), Decimal("1234.50"), "EUR",
    )  # fmt: skip


def test_one_denormalised_file_can_hold_customers_and_invoices(empty_home: Home) -> None:
    empty_home.settings(
        sources={
            "customers": {"file": "export.csv", "one_row_per_key": True},
            "invoices": {"file": "export.csv"},
            "contacts": {"file": "export.csv", "one_row_per_key": True, "columns": {"name": "contact"}},
        }
    )
    empty_home.extract_file(
        "export.csv",
        "customer_number,name,contact,email,invoice_number,issue_date,currency,amount\n"
        "C1,Acme,Ann,ann@acme.example,I1,2026-02-01,GBP,10\n"
        "C1,Acme,Ann,ann@acme.example,I2,2026-02-01,GBP,20\n"
        "C2,Bolt,Bob,bob@bolt.example,I3,2026-02-01,GBP,30\n",
    )
    assert [row["name"] for row in empty_home.staged_rows("customers")] == ["Acme", "Bolt"]
    assert [row["amount"] for row in empty_home.staged_rows("invoices")] == [10, 20, 30]
    assert empty_home.rejected() == []


def test_without_one_row_per_key_a_customer_who_is_there_twice_is_rejected(empty_home: Home) -> None:
    empty_home.settings(sources={"customers": {"file": "export.csv"}, "invoices": {"file": "export.csv"}})
    empty_home.extract_file(
        "export.csv",
        "customer_number,name,invoice_number,issue_date,currency,amount\n"
        "C1,Acme,I1,2026-02-01,GBP,10\nC1,Acme,I2,2026-02-01,GBP,20\n",
    )
    assert empty_home.rejected() == [("export.csv", 3, "customer_number", "C1")]


@pytest.mark.parametrize("name", ["INVOICES.CSV", "open_items.txt"])
def test_a_csv_file_can_end_otherwise_where_the_mapping_names_it(small_home: Home, name: str) -> None:
    small_home.settings(sources={"invoices": {"file": name}})
    (small_home.root / f"extracts/{DAY}/invoices.csv").rename(small_home.root / f"extracts/{DAY}/{name}")
    assert [row["invoice_number"] for row in small_home.staged_rows("invoices")] == ["I1"]


@pytest.mark.parametrize("file", ["/etc/passwd", ""])
def test_a_mapping_to_no_file_of_the_extract_is_refused_with_one_message(small_home: Home, file: str) -> None:
    small_home.settings(sources={"invoices": {"file": file}})
    with pytest.raises(ConfigurationError, match=r"chasing\.yaml:\d+: sources\.invoices\.file: file is a name"):
        _ = ChasingHome(small_home.root).settings


def test_one_trailing_delimiter_on_every_line_does_no_harm(small_home: Home) -> None:
    small_home.extract_file("customers.csv", "customer_number,name,\nC1,Acme,\n")
    assert [row["name"] for row in small_home.staged_rows("customers")] == ["Acme"]


# --- staging once -------------------------------------------------------------------------------------------------


def test_an_unchanged_extract_is_staged_once(
    small_home: Home, snapshot: Callable[[Path], dict[str, tuple[bytes, int]]]
) -> None:
    first = small_home.staged()
    before = snapshot(small_home.root / "warehouse")
    assert small_home.staged() == first
    assert snapshot(small_home.root / "warehouse") == before


def test_a_changed_file_is_staged_again(small_home: Home) -> None:
    first = small_home.staged()
    small_home.table("invoices", [invoice("I1"), invoice("I2")])
    second = small_home.staged()
    assert (first.rows["invoices"], second.rows["invoices"]) == (1, 2)
    assert len(rows_of(second, "invoices")) == 2


def test_a_new_file_is_staged(small_home: Home) -> None:
    small_home.staged()
    small_home.table("contacts", [{"customer_number": "C1", "name": "Ann"}])
    assert small_home.staged().rows["contacts"] == 1


def test_a_changed_mapping_is_staged_again(small_home: Home) -> None:
    small_home.staged()
    small_home.settings(sources={"invoices": {"values": {"currency": {"GBP": "EUR"}}}})
    assert [row["currency"] for row in small_home.staged_rows("invoices")] == ["EUR"]


def test_staging_below_a_scratch_folder_leaves_the_home_untouched(
    small_home: Home, tmp_path: Path, snapshot: Callable[[Path], dict[str, tuple[bytes, int]]]
) -> None:
    before = snapshot(small_home.root)
    extract = small_home.staged(scratch=tmp_path / "scratch")
    assert extract.path("invoices").is_relative_to(tmp_path / "scratch")
    assert snapshot(small_home.root) == before


def test_what_the_home_has_staged_already_is_used_from_there(small_home: Home, tmp_path: Path) -> None:
    kept = small_home.staged()
    assert small_home.staged(scratch=tmp_path / "scratch").folder == kept.folder


# --- which extract ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "serving", "age"),
    [("2026-03-10", "2026-03-10", 0), ("2026-03-11", "2026-03-13", 0), ("2026-03-01", "2026-03-10", 0),
     ("2026-03-13", "2026-03-13", 0), ("2026-03-16", "2026-03-13", 3)],
)  # fmt: skip
def test_a_day_is_served_by_its_own_extract_else_the_next_later_else_the_last(
    empty_home: Home, day: str, serving: str, age: int
) -> None:
    for name in ("2026-03-10", "2026-03-13", "notes-of-march", "2026-03-13-old", "2026-13-01"):
        empty_home.write(f"extracts/{name}/customers.csv", "")
    empty_home.write("extracts/2026-03-12", "a file and no folder")
    home = empty_home.opened
    assert home.extract_for(date.fromisoformat(day)) == date.fromisoformat(serving)
    assert home.extract_age(date.fromisoformat(day)).days == age


def test_a_home_without_an_extract_says_where_to_put_one(empty_home: Home) -> None:
    with pytest.raises(ExtractError, match=r"there is no extract below .*extracts/2026-03-18/"):
        empty_home.as_of()


def test_a_missed_day_is_read_from_the_next_extract_as_of_the_day(empty_home: Home) -> None:
    later = date(2026, 3, 20)
    empty_home.receivables(
        [invoice("I1"), invoice("I2", issue_date="2026-03-19", due_date="2026-04-19")],
        [payment("T1", "I1", "30.00", date="2026-03-17"), payment("T2", "I1", "70.00", date="2026-03-19")],
        later,
    )
    assert empty_home.as_of(DAY) == ({"I1": Decimal("70.00")}, {"C1": Decimal("70.00")})
    assert empty_home.as_of(later) == ({"I2": Decimal("100.00")}, {"C1": Decimal("100.00")})
