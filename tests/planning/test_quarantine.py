"""A row that can't be used goes to quarantine with file, line, column, value and reason; the others go on."""

from typing import Any

import pytest

from .conftest import DAY, Home, Record, customer, invoice, payment

HEADING = "invoice_number,customer_number,issue_date,currency,amount\n"


def good(number: str) -> str:
    """A line of a good invoice."""
    return f"{number},C1,2026-02-01,GBP,10.00\n"


def bad(number: str) -> str:
    """A line of an invoice without a readable amount."""
    return f"{number},C1,2026-02-01,GBP,ten\n"


BAD_INVOICES: list[tuple[Record, str, str | None, str]] = [
    (invoice(""), "invoice_number", None, "the invoice has no number"),
    (invoice("X", ""), "customer_number", None, "the invoice names no customer"),
    (invoice("X", "C9"), "customer_number", "C9", "unknown customer"),
    (invoice("X", instalment="0"), "instalment", "0", "not readable as a whole number from 1"),
    (invoice("X", instalment="two"), "instalment", "two", "not readable as a whole number from 1"),
    (invoice("X", issue_date=""), "issue_date", None, "the date is missing"),
    (invoice("X", issue_date="01.02.2026"), "issue_date", "01.02.2026", "not readable as a date"),
    (invoice("X", issue_date="2026-02-30"), "issue_date", "2026-02-30", "not readable as a date"),
    (invoice("X", issue_date="1026-02-01"), "issue_date", "1026-02-01", "between 1900 and 2199"),
    (invoice("X", due_date="soon"), "due_date", "soon", "not readable as a date"),
    (invoice("X", due_date="9999-12-31"), "due_date", "9999-12-31", "between 1900 and 2199"),
    (invoice("X", currency=""), "currency", None, "the currency is missing"),
    (invoice("X", currency="UKP"), "currency", "UKP", "no ISO 4217 currency code"),
    (invoice("X", currency="£"), "currency", "£", "no ISO 4217 currency code"),
    (invoice("X", amount=""), "amount", None, "the amount is missing"),
    (invoice("X", amount="NaN"), "amount", "NaN", "not readable as an amount"),
    (invoice("X", amount="99999999999999999.00"), "amount", "99999999999999999.00", "not readable as an amount"),
    (invoice("X", amount="10.005"), "amount", "10.005", "at most two decimals"),
    (invoice("X", balance="some"), "balance", "some", "not readable as an amount"),
    (invoice("X", balance="10.005"), "balance", "10.005", "an amount has at most two decimals"),
    (invoice("X", status="posted"), "status", "posted", "not one of open, paid, draft, void"),
    (invoice("X", paid_on="yesterday"), "paid_on", "yesterday", "not readable as a date"),
    (invoice("X", disputed="maybe"), "disputed", "maybe", "not readable as true or false"),
    (invoice("X", disputed_on="2026-13-01"), "disputed_on", "2026-13-01", "not readable as a date"),
    (invoice("X", dispute_closed_on="x"), "dispute_closed_on", "x", "not readable as a date"),
    (invoice("X", autopay="2.5"), "autopay", "2.5", "not readable as true or false"),
]
BAD_TRANSACTIONS: list[tuple[Record, str, str | None, str]] = [
    (payment("", "I1"), "transaction_id", None, "the transaction has no number"),
    (payment("X", "I1", customer_number=""), "customer_number", None, "the transaction names no customer"),
    (payment("X", "I1", customer_number="C9"), "customer_number", "C9", "unknown customer"),
    (payment("X", "I1", instalment="-1"), "instalment", "-1", "not readable as a whole number from 1"),
    (payment("X", "I1", date="2026-03-32"), "date", "2026-03-32", "not readable as a date"),
    (payment("X", "I1", date=""), "date", None, "a date"),
    (payment("X", "I1", currency=""), "currency", None, "the currency is missing"),
    (payment("X", "I1", currency="UKP"), "currency", "UKP", "no ISO 4217 currency code"),
    (payment("X", "I1", currency="EUR"), "currency", "EUR", "the invoice is in GBP"),
    (payment("X", "I1", "-5.00"), "amount", "-5.00", "an amount is never negative"),
    (payment("X", "I1", "5.001"), "amount", "5.001", "at most two decimals"),
    (payment("X", "I1", ""), "amount", None, "not readable as an amount"),
    (payment("X", "I1", type="gift"), "type", "gift", "not one of payment, credit_note, write_off"),
    (payment("X", "I1", type=""), "type", None, "not one of payment, credit_note, write_off"),
    (payment("T1", "I1"), "transaction_id", "T1", "duplicate key: an earlier row has this transaction_id"),
]
BAD_CUSTOMERS: list[tuple[Record, str, str | None, str]] = [
    (customer(""), "customer_number", None, "the customer has no number"),
    (customer("X", name=""), "name", None, "the customer has no name"),
    (customer("Y", chase="perhaps"), "chase", "perhaps", "not readable as true or false"),
    (customer("Z", autopay="perhaps"), "autopay", "perhaps", "not readable as true or false"),
    (customer("C1"), "customer_number", "C1", "duplicate key: an earlier row has this customer_number"),
]
BAD_CONTACTS: list[tuple[Record, str, str | None, str]] = [
    ({"customer_number": ""}, "customer_number", None, "the contact names no customer"),
    ({"customer_number": "C9"}, "customer_number", "C9", "unknown customer"),
    ({"customer_number": "C1", "is_primary": "x"}, "is_primary", "x", "not readable as true or false"),
    ({"customer_number": "C1", "email_opt_out": "x"}, "email_opt_out", "x", "not readable as true or false"),
    ({"customer_number": "C1", "sms_opt_out": "x"}, "sms_opt_out", "x", "not readable as true or false"),
    ({"customer_number": "C1", "call_opt_out": "x"}, "call_opt_out", "x", "not readable as true or false"),
]
GOOD: dict[str, Record] = {
    "customers": customer("C1"),
    "contacts": {"customer_number": "C1", "name": "Ann"},
    "invoices": invoice("I1"),
    "transactions": payment("T1", "I1"),
}


@pytest.mark.parametrize(
    ("table", "cases"),
    [("customers", BAD_CUSTOMERS), ("contacts", BAD_CONTACTS), ("invoices", BAD_INVOICES),
     ("transactions", BAD_TRANSACTIONS)],
)  # fmt: skip
@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_every_kind_of_bad_row_is_rejected_with_its_place_and_reason(
    small_home: Home, table: str, cases: list[tuple[Record, str, str | None, str]], form: str
) -> None:
    (small_home.root / f"extracts/{DAY}/{table}.csv").unlink(missing_ok=True)
    small_home.table(table, [GOOD[table], *(row for row, *_ in cases)], form=form)
    found = small_home.staged_rows("quarantine")
    first = 3 if form == "csv" else 2
    assert [(row["line"], row["column_name"], row["value"]) for row in found] == [
        (line, column, value) for line, (_, column, value, _) in enumerate(cases, start=first)
    ]
    assert {(row["extract_date"], row["table_name"], row["file"]) for row in found} == {(DAY, table, f"{table}.{form}")}
    for row, (_, _, _, reason) in zip(found, cases, strict=True):
        assert reason in row["reason"]
    extract = small_home.staged()
    assert (extract.rows[table], extract.rejected_rows[table]) == (1, len(cases))


@pytest.mark.parametrize("value", ["true", "True", "TRUE", "1", "t", "yes"])
def test_usual_ways_to_write_true_are_read(small_home: Home, value: str) -> None:
    small_home.table("invoices", [invoice("I1", autopay=value)])
    assert [row["autopay"] for row in small_home.staged_rows("invoices")] == [True]


def test_blanks_around_values_and_small_letters_in_codes_do_no_harm(small_home: Home) -> None:
    small_home.table("invoices", [invoice(" I1 ", " C1", currency="gbp ", amount=" 10.00", status="Open")])
    [row] = small_home.staged_rows("invoices")
    assert (row["invoice_number"], row["customer_number"], row["currency"], row["status"]) == (
        "I1", "C1", "GBP", "open",
    )  # fmt: skip


def test_of_an_invoice_that_is_there_twice_the_first_usable_row_counts(small_home: Home) -> None:
    small_home.table("invoices", [invoice("I1", amount="x"), invoice("I1", amount="1"), invoice("I1", amount="2")])
    assert [row["amount"] for row in small_home.staged_rows("invoices")] == [1]
    assert small_home.rejected() == [
        ("invoices.csv", 2, "amount", "x"),
        ("invoices.csv", 4, "invoice_number", "I1"),
    ]


def test_of_a_customer_who_is_there_twice_the_first_usable_row_counts(small_home: Home) -> None:
    small_home.table("customers", [customer("C1", chase="perhaps"), customer("C1"), customer("C1")])
    assert [row["line"] for row in small_home.staged_rows("quarantine")] == [2, 4]
    assert len(small_home.staged_rows("customers")) == 1


def test_instalments_of_one_invoice_are_no_duplicates(small_home: Home) -> None:
    small_home.table("invoices", [invoice("I1", instalment=n) for n in (1, 2, 2)])
    assert small_home.rejected() == [("invoices.csv", 4, "invoice_number", "I1")]


def test_what_belongs_to_a_rejected_customer_is_rejected_too(small_home: Home) -> None:
    small_home.table("customers", [customer("C1", name=""), customer("C2")])
    small_home.table("invoices", [invoice("I1"), invoice("I2", "C2")])
    assert set(small_home.rejected()) == {
        ("customers.csv", 2, "name", None),
        ("invoices.csv", 2, "customer_number", "C1"),
    }
    assert [row["invoice_number"] for row in small_home.staged_rows("invoices")] == ["I2"]


def test_the_good_rows_are_planned(small_home: Home) -> None:
    small_home.table("invoices", [invoice("I1"), invoice("I2", amount="x"), invoice("I3")])
    assert set(small_home.as_of()[0]) == {"I1", "I3"}


def test_the_worst_share_of_rejected_rows_is_that_of_one_file(empty_home: Home) -> None:
    empty_home.table("customers", [customer("C1")])
    empty_home.table("invoices", [invoice(f"A{n}") for n in range(30)], part="-1")
    empty_home.table("invoices", [invoice("B1"), invoice("B2", amount="x"), invoice("B3"), invoice("B4")], part="-2")
    file, share = empty_home.staged().worst_rejected_share()
    assert (file, float(share)) == ("invoices/invoices-2.csv", 0.25)


# --- the line of a CSV file ---------------------------------------------------------------------------------------


def rejected_lines(home: Home, content: str | bytes) -> list[tuple[Any, ...]]:
    """(line, column) of what is rejected in an invoices.csv of that content below a heading."""
    heading = HEADING.encode() if isinstance(content, bytes) else HEADING
    home.extract_file("invoices.csv", heading + content)  # type: ignore[operator]
    return [(line, column) for _, line, column, _ in home.rejected()]


def test_blank_lines_count(small_home: Home) -> None:
    assert rejected_lines(small_home, good("I1") + "\n\n" + bad("I2") + "\n" + bad("I3")) == [
        (5, "amount"), (7, "amount"),
    ]  # fmt: skip


def test_windows_line_ends_count_once(small_home: Home) -> None:
    text = (HEADING + good("I1") + bad("I2") + good("I3") + bad("I4")).replace("\n", "\r\n")
    small_home.extract_file("invoices.csv", text.encode())
    assert [row[1] for row in small_home.rejected()] == [3, 5]


def test_line_ends_within_quotes_count(small_home: Home) -> None:
    heading = "invoice_number,customer_number,issue_date,currency,url,amount\n"
    quoted = 'I1,C1,2026-02-01,GBP,"two\n\nthree",10.00\n'
    bad_quoted = 'I2,C1,2026-02-01,GBP,"one\ntwo",ten\n'
    small_home.extract_file("invoices.csv", heading + quoted + bad_quoted + bad_quoted.replace("I2", "I3"))
    assert small_home.rejected() == [("invoices.csv", 5, "amount", "ten"), ("invoices.csv", 7, "amount", "ten")]


def test_lines_that_can_t_be_split_are_rejected_with_their_text_and_count(small_home: Home) -> None:
    short, long = "I2,C1,2026-02-01\n", "I3,C1,2026-02-01,GBP,10.00,extra,more\n"
    small_home.extract_file("invoices.csv", HEADING + good("I1") + short + bad("I4") + long + good("I5") + bad("I6"))
    assert small_home.rejected() == [
        ("invoices.csv", 3, None, short.strip()),
        ("invoices.csv", 4, "amount", "ten"),
        ("invoices.csv", 5, None, long.strip()),
        ("invoices.csv", 7, "amount", "ten"),
    ]
    assert [row["invoice_number"] for row in small_home.staged_rows("invoices")] == ["I1", "I5"]
    assert "can't be split into columns" in small_home.staged_rows("quarantine")[0]["reason"]


def test_a_line_that_can_t_be_split_after_quoted_line_ends_has_its_line(small_home: Home) -> None:
    heading = "invoice_number,customer_number,issue_date,currency,url,amount\n"
    text = heading + 'I1,C1,2026-02-01,GBP,"two\n\nthree",10.00\n\n' + "I2,C1\n"
    small_home.extract_file("invoices.csv", text)
    assert small_home.rejected() == [("invoices.csv", 6, None, "I2,C1")]


def test_a_line_with_a_stray_quote_does_not_shift_the_lines_after_it(small_home: Home) -> None:
    stray = 'I2,"C1" X,2026-02-01,GBP,10.00\n'
    found = rejected_lines(small_home, good("I1") + stray + good("I3") + bad("I4"))
    assert found[-1] == (5, "amount")
    assert found[0][0] == 3


def test_a_line_that_is_no_utf_8_is_rejected_and_does_not_shift_the_lines_after_it(small_home: Home) -> None:
    filler = "".join(good(f"A{number}") for number in range(2000))
    content = filler.encode() + "Ü1,C1,2026-02-01,GBP,10.00\n".encode("latin-1") + (good("I3") + bad("I4")).encode()
    assert [line for line, _ in rejected_lines(small_home, content)] == [2002, 2004]


def test_a_line_that_is_no_utf_8_is_rejected_wherever_it_stands(small_home: Home) -> None:
    content = good("I1").encode() + "Ü2,C1,2026-02-01,GBP,10.00\n".encode("latin-1") + good("I3").encode()
    assert [line for line, _ in rejected_lines(small_home, content)] == [3]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_line_that_can_t_be_split_has_its_line_in_other_encodings(small_home: Home, encoding: str) -> None:
    small_home.settings(sources={"invoices": {"encoding": encoding}})
    umlauts = "".join(f"{'Ü' * 60}{number},C1,2026-02-01,GBP,10.00\n" for number in range(8))
    small_home.extract_file("invoices.csv", (HEADING + umlauts + "I2,C1\n" + umlauts + bad("I3")).encode(encoding))
    assert [row[1:3] for row in small_home.rejected() if row[2] != "invoice_number"] == [(10, None), (19, "amount")]


def test_a_quote_that_is_never_closed_is_rejected_and_the_rows_before_it_go_on(small_home: Home) -> None:
    text = good("I1") + bad("I2") + 'I3,C1,"2026-02-01,GBP,10.00\n' + "".join(good(f"A{n}") for n in range(10_000))
    found = rejected_lines(small_home, text)
    assert (3, "amount") in found
    assert (4, None) in found
    assert [row["invoice_number"] for row in small_home.staged_rows("invoices")] == ["I1"]


def test_lines_are_exact_with_another_delimiter(small_home: Home) -> None:
    small_home.settings(sources={"invoices": {"delimiter": ";", "decimal": ","}})
    text = HEADING + good("I1") + "\n" + bad("I2")
    small_home.extract_file("invoices.csv", text.replace(",", ";").replace("10.00", "10,00"))
    assert small_home.rejected() == [("invoices.csv", 4, "amount", "ten")]


# --- the line of JSON lines, the row of Parquet -------------------------------------------------------------------


def test_a_line_that_is_no_json_object_is_rejected_and_lines_stay_exact(small_home: Home) -> None:
    (small_home.root / f"extracts/{DAY}/invoices.csv").unlink()
    line = '{{"invoice_number": "{}", "customer_number": "C1", "issue_date": "2026-02-01", "currency": "GBP", '
    whole, broken = line + '"amount": {}}}\n', line + '"amount":\n'
    text = whole.format("I1", 10) + "\n" + broken.format("I2") + "[1, 2]\n" + whole.format("I3", '"x"')
    small_home.extract_file("invoices.jsonl", text)
    assert small_home.rejected() == [
        ("invoices.jsonl", 3, None, broken.format("I2").strip()),
        ("invoices.jsonl", 4, None, "[1, 2]"),
        ("invoices.jsonl", 5, "amount", "x"),
    ]
    assert [row["invoice_number"] for row in small_home.staged_rows("invoices")] == ["I1"]


def test_a_key_that_one_json_line_lacks_is_missing_there_only(small_home: Home) -> None:
    (small_home.root / f"extracts/{DAY}/invoices.csv").unlink()
    without = {name: value for name, value in invoice("I2").items() if name != "amount"}
    small_home.table("invoices", [invoice("I1"), without], form="jsonl")
    assert small_home.rejected() == [("invoices.jsonl", 2, "amount", None)]


def test_a_parquet_file_names_the_row_counted_from_one(small_home: Home) -> None:
    (small_home.root / f"extracts/{DAY}/invoices.csv").unlink()
    small_home.table("invoices", [invoice("I1", amount="x"), invoice("I2"), invoice("I3", amount="y")], form="parquet")
    assert small_home.rejected() == [
        ("invoices.parquet", 1, "amount", "x"), ("invoices.parquet", 3, "amount", "y"),
    ]  # fmt: skip
