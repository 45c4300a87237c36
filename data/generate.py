"""Writes the extracts of the sample chasing home: ten mornings of a fictitious wholesaler's books.

Belongs here: the customers, contacts, invoices and transactions of Harbour & Vale Supplies Ltd, all invented, and
how an accounting system would have exported them each morning. Does not belong here: what the team itself writes
(``chasing.yaml``, ``cadences/``, ``enrolments.csv``, ``holds.csv``), and any rule of chasing.

``python data/generate.py [DIRECTORY]`` replaces ``DIRECTORY/extracts/2026-03-09`` to ``2026-03-18`` (default: next
to this file), always byte by byte the same. The extract of day D holds what is dated D or before. Bad rows stand in
the last one only. All dates count back from ``SAMPLE_DAY``; all addresses and numbers are reserved for fiction.

The stories, all of them told by ``tell_*`` below (and listed in ``README.md`` with what to look at):

======  =========================================================================================================
C1001   a payment on 12 March settles the account: its cycle ends
C1002   settled on 10 March, invoiced anew on 16 March: a new cycle begins at the first step
C1003   a part payment on 11 March: only the amounts change
C1004   a credit note on 13 March clears the oldest invoice
C1005   an unapplied payment on 16 March lowers the balance, and no invoice
C1006   an invoice disputed since 10 March in the accounting system
C1007   a dispute closed on 16 March: chased again
C1008   a promise until 20 March (holds.csv)
C1009   a broken promise: it ran out on 13 March (holds.csv)
C1010   a pause until 24 March (holds.csv)
C1011   do not chase, for good (holds.csv)
C1012   never chased: ``chase`` is false
C1013   a customer that pays by direct debit: ``autopay``
C1014   the primary contact wants no e-mail: the second one gets it
C1015   the only contact wants no text messages, and a text is due
C1016   no contacts at all, and an e-mail is due
C1017   no address, and a letter is due
C1018   an overpaid invoice lowers the account's balance
C1019   an invoice in two instalments, and a payment that names neither
C1020   a balance of exactly the minimum: chased
C1021   a cent below the minimum: not chased
C1022   a payment of 10 March bounces on 16 March (a reversal): a new cycle, but an old invoice
C1023   an open balance in no cadence: no rule knows its terms
C1024   two currencies, each an account of its own
C1025   two currencies, one of them enrolled in key-accounts (enrolments.csv)
C1026   one invoice disputed by hand (holds.csv), the other is chased
C1027   a draft and a void invoice next to an open one
C1028   invoiced yesterday: nothing due yet
C1029   a call falls due on Saint Patrick's Day, a holiday in Ireland: made the day after
C1030   a credit larger than what is open, part of it refunded
C1031   its payment is the bad row with the unreadable date, so it is still chased
C1032   past due long enough for a person to call, but too little for it
C1033   a remainder written off at a key account
C1060   a balance far below the minimum
======  =========================================================================================================
"""

import csv
import json
import shutil
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pyarrow  # type: ignore[import-untyped, unused-ignore]
import pyarrow.parquet  # type: ignore[import-untyped, unused-ignore]

SAMPLE_DAY = date(2026, 3, 18)
EXTRACT_DAYS = tuple(SAMPLE_DAY - timedelta(days=ago) for ago in range(9, -1, -1))
SPLIT_DAY, JSON_DAY, PARQUET_DAY = date(2026, 3, 11), date(2026, 3, 12), date(2026, 3, 13)
"""The days on which one table comes in two files, as JSON lines, as Parquet."""

SEED = 20260318
CENT = Decimal("0.01")
TERM_DAYS = {"DUE ON RECEIPT": 0, "NET 14": 14, "NET 30": 30, "NET 45": 45, "NET 60": 60}
PORTAL = "https://pay.harbour-vale.example"

Row = dict[str, str]

# Number | name | place | payment terms | currency | what is open on the sample day: "story", "none",
# or D x N: N invoices, the oldest of them due D days ago (negative: still to come).
CUSTOMERS = """
C1001 | Lantern & Quill Stationers Ltd   | Bristol     | NET 30         | GBP | story
C1002 | Juniper Hollow Hardware Inc.     | Chicago     | NET 30         | USD | story
C1003 | Papeterie du Héron Bleu SARL     | Lyon        | NET 30         | EUR | story
C1004 | Sonnentau Bürobedarf GmbH        | Hamburg     | NET 30         | EUR | story
C1005 | Thistledown Interiors Ltd        | Leeds       | NET 30         | GBP | story
C1006 | Copperkettle Catering Ltd        | London      | NET 30         | GBP | story
C1007 | Almacenes Luz de Faro S.L.       | Valencia    | NET 30         | EUR | story
C1008 | Saltmarsh & Daughters Ltd        | Cork        | NET 30         | EUR | story
C1009 | Blue Pelican Marine Supply LLC   | Seattle     | NET 30         | USD | story
C1010 | The Wandering Teapot             | York        | NET 14         | GBP | story
C1011 | Gull & Anchor Chandlery          | Plymouth    | DUE ON RECEIPT | GBP | story
C1012 | Kranichfeld Möbelwerk AG         | Berlin      | NET 30         | EUR | story
C1013 | Maple Ferry Outfitters Ltd.      | Toronto     | NET 30         | CAD | story
C1014 | Bramble Court Florists           | Leeds       | NET 14         | GBP | story
C1015 | Dusty Spur Feed & Tack           | Austin      | NET 14         | USD | story
C1016 | Owl Barn Joinery                 | York        | NET 14         | GBP | story
C1017 | Ateliers de la Marée Haute SAS   | Nantes      | NET 30         | EUR | story
C1018 | Foxglove Hotels Ltd              | London      | NET 30         | GBP | story
C1019 | Silberdistel Gastro GmbH         | Munich      | NET 30         | EUR | story
C1020 | Pennywhistle Toys Ltd            | Bristol     | NET 30         | GBP | story
C1021 | Halfpenny Bakehouse Ltd          | Plymouth    | NET 30         | GBP | story
C1022 | Northgate Loom Works Ltd         | Leeds       | NET 30         | GBP | story
C1023 | Merriweather Scenery Hire Ltd    | London      | NET 45         | GBP | story
C1024 | Tidewrack Trading Ltd            | Dublin      | NET 30         | EUR | story
C1025 | Bernsteinküste Handels AG        | Hamburg     | NET 60         | EUR | story
C1026 | Maison Brume et Fils SARL        | Paris       | NET 30         | EUR | story
C1027 | Bodegas Viento Manso S.L.        | Seville     | NET 14         | EUR | story
C1028 | Larkspur Dental Group Ltd        | Bristol     | NET 30         | GBP | story
C1029 | Selkie Bay Fisheries Ltd         | Galway      | NET 30         | EUR | story
C1030 | Prairie Lantern Books LLC        | Chicago     | NET 30         | USD | story
C1031 | Button & Bobbin Tailors          | London      | NET 14         | GBP | story
C1032 | Mistral Kite School Ltd          | Plymouth    | NET 30         | GBP | story
C1033 | Ironwood Retail Group plc        | London      | NET 60         | GBP | 37x2
C1034 | Great Heron Stores Inc.          | New York    | NET 60         | USD | -4x3
C1035 | Comptoirs du Phare SA            | Paris       | NET 60         | EUR | 24x3
C1036 | Castlebridge Schools Trust       | Leeds       | NET 60         | GBP | none
C1037 | Wolkenstein Kaufhaus AG          | Berlin      | NET 60         | EUR | 3x3
C1038 | Boreal Lodge Resorts Inc.        | Toronto     | NET 60         | CAD | 33x2
C1039 | Emerald Quay Hospitality plc     | Dublin      | NET 30         | EUR | 8x3
C1040 | Marlpit Brewing Company Ltd      | York        | NET 30         | GBP | 63x4
C1041 | Rookery Theatre Supplies Ltd     | London      | NET 30         | GBP | 72x2
C1042 | Cactus Moon Diners Inc.          | Austin      | NET 30         | USD | 48x3
C1043 | Les Jardins de Verre SARL        | Lyon        | NET 30         | EUR | 50x2
C1044 | Eisvogel Sanitär GmbH            | Munich      | NET 30         | EUR | 38x2
C1045 | Hollin Hey Garden Centres Ltd    | Leeds       | NET 30         | GBP | none
C1046 | Ferretería Tres Olivos S.L.      | Madrid      | NET 30         | EUR | -29x1
C1047 | Foggy Dew Distillers Ltd         | Cork        | NET 30         | EUR | -2x2
C1048 | Boulangeries Grand Tamis SAS     | Nantes      | NET 30         | EUR | none
C1049 | Lakeshore Button Factory Inc.    | Chicago     | NET 30         | USD | none
C1050 | Wrenfield Nurseries Ltd          | Bristol     | NET 60         | GBP | -20x2
C1051 | Librairie du Caribou inc.        | Montréal    | NET 60         | CAD | -59x1
C1052 | Pebblecombe Surf Hire Ltd        | Plymouth    | NET 30         | GBP | none
C1053 | Inkwell Street Press             | London      | NET 14         | GBP | -1x1
C1054 | Crêperie La Lune Rousse          | Nantes      | DUE ON RECEIPT | EUR | 13x2
C1055 | Zaunkönig Floristik              | Hamburg     | NET 14         | EUR | 23x2
C1056 | Old Mill Candle Company          | New York    | DUE ON RECEIPT | USD | none
C1057 | Nettlebed Pottery                | York        | DUE ON RECEIPT | GBP | 0x1
C1058 | Panadería Sol de Marzo           | Valencia    | NET 14         | EUR | none
C1059 | Loon Lake Canoe Rental           | Toronto     | NET 14         | USD | none
C1060 | The Turf Stack Café              | Galway      | DUE ON RECEIPT | EUR | story
"""

# Place | state, province or county | country | postal code | time zone | language
PLACES = """
Bristol  | | GB | BS1 9ZZ | Europe/London | en
Leeds    | | GB | LS1 9ZZ | Europe/London | en
London   | | GB | EC1 9ZZ | Europe/London | en
Plymouth | | GB | PL1 9ZZ | Europe/London | en
York     | | GB | YO1 9ZZ | Europe/London | en
Austin   | TX | US | 78701 | America/Chicago | en
Chicago  | IL | US | 60601 | America/Chicago | en
New York | NY | US | 10001 | America/New_York | en
Seattle  | WA | US | 98101 | America/Los_Angeles | en
Lyon     | | FR | 69001 | Europe/Paris | fr
Nantes   | | FR | 44000 | Europe/Paris | fr
Paris    | | FR | 75001 | Europe/Paris | fr
Berlin   | | DE | 10115 | Europe/Berlin | de
Hamburg  | | DE | 20095 | Europe/Berlin | de
Munich   | | DE | 80331 | Europe/Berlin | de
Madrid   | | ES | 28001 | Europe/Madrid | es
Seville  | | ES | 41001 | Europe/Madrid | es
Valencia | | ES | 46001 | Europe/Madrid | es
Cork     | Co. Cork | IE | T12 Z9Z9 | Europe/Dublin | en
Dublin   | | IE | D02 Z9Z9 | Europe/Dublin | en
Galway   | Co. Galway | IE | H91 Z9Z9 | Europe/Dublin | en
Toronto  | ON | CA | M5V 0Z9 | America/Toronto | en
Montréal | QC | CA | H2Y 0Z9 | America/Toronto | fr-CA
"""

STREETS = {
    "en": "{} Lantern Quay|{} Copper Kettle Lane|{} Old Ropewalk|{} Weathercock Street|{} Millstone Row",
    "fr": "{} rue des Trois Lanternes|{} quai du Héron|{} impasse du Vieux Moulin|{} allée des Girouettes",
    "de": "Laternenweg {}|Am Wetterhahn {}|Kupferkesselgasse {}|Reiherkai {}",
    "es": "Calle del Farol {}|Paseo de la Garza {}|Calle de la Veleta {}",
}
FIRST_NAMES = {
    "en": "Ada|Bennet|Clara|Dexter|Edith|Felix|Greta|Hugo|Isla|Jonas|Kit|Lena|Morgan|Nell|Orla|Piers",
    "fr": "Aline|Bastien|Colette|Didier|Élise|Fabrice|Hélène|Jules|Margaux|Rémi",
    "de": "Anke|Bernd|Dörte|Falk|Grete|Henrik|Jule|Käthe|Lorenz|Wiebke",
    "es": "Alba|Bruno|Carmela|Diego|Inés|Lucía|Mateo|Nuria",
}
LAST_NAMES = {
    "en": "Applegarth|Birdwhistle|Crowhurst|Dunnock|Eddystone|Fernyhough|Goldcrest|Hawksmoor|Lovelace|Merrow|Quill",
    "fr": "Beaurivage|Chantelune|Delamarée|Fontclaire|Hautbois|Passerose|Vertmoulin",
    "de": "Ahornsprung|Birkenhain|Eulenberg|Hasenclee|Mondschein|Uhlenbusch|Wacholder",
    "es": "Campoverde|Fuenteclara|Miralrío|Olmosanto|Valdeluna|Zarzamora",
}
ROLES = ("Accounts payable", "Finance manager", "Owner", "Office manager", "Bookkeeper")
OWNERS = ("priya@harbour-vale.example", "tom@harbour-vale.example", "ines@harbour-vale.example")
KEY_ACCOUNTS = frozenset({"C1025", *(f"C10{number}" for number in range(33, 40))})
NO_CONTACTS = frozenset({"C1016"})

# What a story changes in a customer or its contacts: column -> value.
CUSTOMER_CHANGES: dict[str, Row] = {
    "C1012": {"chase": "false"},
    "C1013": {"autopay": "true"},
    "C1017": dict.fromkeys(("address1", "address2", "city", "state", "postal_code"), ""),
    "C1034": {"portal_url": f"{PORTAL}/key/great-heron"},
}
PRIMARY_CONTACT_CHANGES: dict[str, Row] = {"C1014": {"email_opt_out": "true"}, "C1015": {"sms_opt_out": "true"}}


@dataclass
class Invoice:
    """An invoice, or one instalment of it; its number is given once all of the customer's are known."""

    customer: str
    currency: str
    issued: date
    due: date
    amount: Decimal
    number: str = ""
    status: str = ""
    disputed: date | None = None
    dispute_closed: date | None = None
    instalment: int | None = None
    first_instalment: "Invoice | None" = None
    """The invoice whose number this later instalment shares."""


@dataclass
class Transaction:
    """Money that moved; without an invoice it is not applied to one."""

    customer: str
    currency: str
    day: date
    amount: Decimal
    kind: str = "payment"
    invoice: Invoice | None = None
    number: str = ""


@dataclass
class Books:
    """All invoices and transactions up to the sample day."""

    customers: dict[str, Row]
    invoices: list[Invoice] = field(default_factory=list)
    transactions: list[Transaction] = field(default_factory=list)

    def bill(self, customer: str, amount: str | Decimal, past_due: int, currency: str = "") -> Invoice:
        """An invoice due ``past_due`` days before the sample day, issued as the customer's terms say."""
        row = self.customers[customer]
        due = days_ago(past_due)
        issued = due - timedelta(days=TERM_DAYS[row["payment_terms"]])
        invoice = Invoice(customer, currency or row["currency"], issued, due, Decimal(amount))
        self.invoices.append(invoice)
        return invoice

    def settle(self, invoice: Invoice, amount: str | Decimal, ago: int, kind: str = "payment") -> None:
        """A transaction on an invoice, ``ago`` days before the sample day."""
        row = Transaction(invoice.customer, invoice.currency, days_ago(ago), Decimal(amount), kind, invoice)
        self.transactions.append(row)

    def unapplied(self, customer: str, amount: str, ago: int, kind: str = "payment") -> None:
        """A transaction that names no invoice."""
        currency = self.customers[customer]["currency"]
        self.transactions.append(Transaction(customer, currency, days_ago(ago), Decimal(amount), kind))


def days_ago(days: int) -> date:
    """The date so many days before the sample day."""
    return SAMPLE_DAY - timedelta(days=days)


def table(text: str) -> list[list[str]]:
    """The cells of a table drawn with bars, line by line."""
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


def chance(*name: object) -> Random:
    """A generator of its own for each customer and purpose, so that a change to one leaves the others alone."""
    return Random(f"{SEED}-{name}")


def make_customers() -> dict[str, Row]:
    """The customers by number, with two columns for our own use: ``currency`` and ``plan``."""
    places = {place[0]: place[1:] for place in table(PLACES)}
    return {
        cells[0]: make_customer(cells, places[cells[2]]) | CUSTOMER_CHANGES.get(cells[0], {})
        for cells in table(CUSTOMERS)
    }


def make_customer(cells: list[str], place: list[str]) -> Row:
    """One customer from its line of ``CUSTOMERS`` and its place."""
    number, name, city, terms, currency, plan = cells
    state, country, postal_code, timezone, language = place
    random = chance(number, "address")
    return {
        "customer_number": number,
        "name": name,
        "address1": random.choice(STREETS[language[:2]].split("|")).format(random.randint(1, 98)),
        "address2": random.choice(("", "", "", "Unit 4", "2nd floor")) if language == "en" else "",
        "city": city,
        "state": state,
        "postal_code": postal_code,
        "country": country,
        "payment_terms": terms,
        "language": language,
        "timezone": timezone,
        "chase": "",
        "autopay": "",
        "owner": OWNERS[2] if number in KEY_ACCOUNTS else random.choice(OWNERS[:2]),
        "portal_url": "",
        "currency": currency,
        "plan": plan,
    }


def make_contacts(customers: dict[str, Row]) -> list[Row]:
    """One or two contacts a customer, the primary one first."""
    contacts: list[Row] = []
    for index, (number, customer) in enumerate(customers.items()):
        if number in NO_CONTACTS:
            continue
        contacts.append(make_contact(customer, index, True) | PRIMARY_CONTACT_CHANGES.get(number, {}))
        if index % 4 == 1:
            contacts.append(make_contact(customer, index, False))
    return contacts


def make_contact(customer: Row, index: int, is_primary: bool) -> Row:
    """The contact of the customer at ``index``: the primary one, or the second, who has no mobile phone."""
    language, number = customer["language"][:2], customer["customer_number"]
    random = chance(number, "contact", is_primary)
    first, last = (random.choice(names[language].split("|")) for names in (FIRST_NAMES, LAST_NAMES))
    phone, mobile = fictitious_numbers(customer, index if is_primary else index + len(CUSTOMERS.splitlines()))
    return {
        "customer_number": number,
        "name": f"{first} {last}",
        "role": random.choice(ROLES) if is_primary else "Accounts payable",
        "email": f"{ascii_only(first)}.{ascii_only(last)}@{number.lower()}.example",
        "phone": phone,
        "mobile": mobile if is_primary else "",
        "is_primary": "true" if is_primary else "false",
        "email_opt_out": "",
        "sms_opt_out": "",
        "call_opt_out": "",
    }


def fictitious_numbers(customer: Row, index: int) -> tuple[str, str]:
    """A telephone and a mobile number out of the ranges that the country keeps for films and books.

    Spain keeps none, so Spanish contacts have British numbers. In Ireland and North America one range is for both.
    """
    area = {"Austin": "512", "Chicago": "312", "New York": "212", "Seattle": "206", "Toronto": "416"}
    match customer["country"]:
        case "US" | "CA":
            code = area.get(customer["city"], "514")
            return f"+1{code}55501{index % 50:02}", f"+1{code}55501{index % 50 + 50:02}"
        case "FR":
            return f"+33199001{index:03}", f"+33639980{index:03}"
        case "DE":
            return f"+493023125{index:03}", f"+49176040690{index % 100:02}"
        case "IE":
            return f"+3532091{index:05}", f"+3532091{index + 500:05}"
        case _:
            return f"+442079460{index:03}", f"+447700900{index:03}"


def ascii_only(name: str) -> str:
    """A name as it stands in an e-mail address."""
    return name.lower().translate(str.maketrans("áéíöèüäê", "aeioeuae"))


def plan_open_items(books: Books) -> None:
    """The open invoices of the ordinary customers, as the last column of ``CUSTOMERS`` plans them."""
    for number, customer in books.customers.items():
        if "x" not in customer["plan"]:
            continue
        oldest, count = (int(part) for part in customer["plan"].split("x"))
        random = chance(number, "open")
        newest = -TERM_DAYS[customer["payment_terms"]]
        for place in range(count):
            books.bill(number, some_amount(random, customer), max(newest, oldest - place * random.randint(6, 13)))


def write_history(books: Books) -> None:
    """Two to four older invoices a customer, all paid by now: some late, some in two parts."""
    for number, customer in books.customers.items():
        random = chance(number, "history")
        floor = 12 if customer["plan"] == "story" else 1
        for _ in range(random.choice((2, 3, 3, 4))):
            terms = TERM_DAYS[customer["payment_terms"]]
            invoice = books.bill(number, some_amount(random, customer), random.randint(45, 200) - terms)
            ago = max(floor, (SAMPLE_DAY - invoice.due).days + random.randint(-18, 5))
            parts = [invoice.amount]
            if random.random() < 0.25:
                parts = [(invoice.amount * Decimal("0.6")).quantize(CENT)]
                parts.append(invoice.amount - parts[0])
            for place, part in enumerate(reversed(parts)):
                books.settle(invoice, part, min(working_day(ago + 9 * place), (SAMPLE_DAY - invoice.issued).days))


def working_day(ago: int) -> int:
    """The same many days ago, or up to two more where that is a weekend: banks book nothing then."""
    return ago + max(0, days_ago(ago).weekday() - 4)


def some_amount(random: Random, customer: Row) -> Decimal:
    """What such a customer buys at a time."""
    is_small = customer["payment_terms"] in {"NET 14", "DUE ON RECEIPT"}
    low, high = (2800, 19000) if customer["customer_number"] in KEY_ACCOUNTS else (45, 380) if is_small else (510, 3900)
    return Decimal(random.randint(low * 100, high * 100)) / 100


def tell_payments(books: Books) -> None:
    """Money that arrives, in every way it can."""
    books.settle(books.bill("C1001", "1240.00", 21), "1240.00", 6)
    books.settle(books.bill("C1002", "860.00", 24), "860.00", 8)
    books.bill("C1002", "1310.00", -28)
    books.settle(books.bill("C1003", "1800.00", 15), "900.00", 7)
    books.settle(books.bill("C1004", "640.00", 14), "640.00", 5, "credit_note")
    books.bill("C1004", "980.00", 4)
    books.bill("C1005", "1500.00", 11)
    books.unapplied("C1005", "400.00", 2)
    books.settle(books.bill("C1018", "500.00", 20), "620.00", 9)
    books.bill("C1018", "800.00", 12)
    bounced = books.bill("C1022", "1350.00", 32)
    books.settle(bounced, "1350.00", 8)
    books.settle(bounced, "1350.00", 2, "reversal")
    books.bill("C1030", "300.00", 9)
    books.unapplied("C1030", "450.00", 12)
    books.unapplied("C1030", "50.00", 6, "refund")
    remainder = books.bill("C1033", "9400.00", 44)
    books.settle(remainder, "9388.20", 34)
    books.settle(remainder, "11.80", 5, "write_off")


def tell_disputes_and_holds(books: Books) -> None:
    """Disputes in the accounting system; the holds themselves stand in ``holds.csv``."""
    books.bill("C1006", "2100.00", 26).disputed = days_ago(8)
    books.bill("C1006", "750.00", 5)
    closed = books.bill("C1007", "900.00", 25)
    closed.disputed, closed.dispute_closed = days_ago(26), days_ago(2)
    for number, amount, past_due in (
        ("C1008", "1420.00", 18),
        ("C1009", "990.00", 33),
        ("C1010", "210.00", 13),
        ("C1011", "145.00", 70),
        ("C1012", "3200.00", 22),
        ("C1013", "560.00", 2),
        ("C1026", "1480.00", 28),
        ("C1026", "620.00", -2),
    ):
        books.bill(number, amount, past_due)


def tell_contacts_and_thresholds(books: Books) -> None:
    """Customers that can't be reached as planned, balances at the edge, days on which nothing is due."""
    for number, amount, past_due in (
        ("C1014", "180.00", 7),
        ("C1015", "240.00", 14),
        ("C1016", "130.00", 6),
        ("C1017", "1120.00", 22),
        ("C1020", "100.00", 3),
        ("C1021", "99.99", 16),
        ("C1023", "1750.00", 13),
        ("C1028", "890.00", -29),
        ("C1029", "1075.00", 11),
        ("C1031", "260.00", 21),
        ("C1032", "320.00", 36),
        ("C1060", "12.40", 15),
    ):
        books.bill(number, amount, past_due)


def tell_instalments_and_currencies(books: Books) -> None:
    """What a table has in its other columns: instalments, second currencies, drafts and void invoices."""
    first, second = books.bill("C1019", "1200.00", 8), books.bill("C1019", "1200.00", -22)
    second.issued, second.first_instalment = first.issued, first
    first.instalment, second.instalment = 1, 2
    books.settle(first, "300.00", 5)
    books.bill("C1024", "1260.00", -1)
    books.bill("C1024", "870.00", 47, "GBP")
    books.bill("C1025", "18400.00", 9)
    books.bill("C1025", "2300.00", 10, "USD")
    books.bill("C1027", "410.00", 20).status = "draft"
    books.bill("C1027", "95.00", 40).status = "void"
    books.bill("C1027", "95.00", 1)


def give_numbers(books: Books) -> None:
    """Invoices are numbered by customer and date, transactions by date."""
    books.invoices.sort(key=lambda i: (i.customer, i.issued, i.due, i.currency, i.amount))
    count: dict[str, int] = {}
    for invoice in (i for i in books.invoices if i.first_instalment is None):
        count[invoice.customer] = count.get(invoice.customer, 0) + 1
        invoice.number = f"INV-{invoice.customer[1:]}-{count[invoice.customer]:02}"
    for invoice in (i for i in books.invoices if i.first_instalment is not None):
        invoice.number = invoice.first_instalment.number if invoice.first_instalment else ""
    books.transactions.sort(key=lambda t: (t.day, t.customer, t.invoice.number if t.invoice else "", t.amount))
    for place, transaction in enumerate(books.transactions, start=1):
        transaction.number = f"T-{20000 + place}"


def make_books() -> Books:
    """Everything that happened up to the sample day."""
    books = Books(make_customers())
    plan_open_items(books)
    write_history(books)
    tell_payments(books)
    tell_disputes_and_holds(books)
    tell_contacts_and_thresholds(books)
    tell_instalments_and_currencies(books)
    give_numbers(books)
    return books


def invoice_row(books: Books, invoice: Invoice, day: date) -> Row:
    """An invoice as the accounting system shows it on ``day``."""
    mine = [t for t in books.transactions if t.invoice is invoice and t.day <= day]
    settled = sum((-t.amount if t.kind in {"refund", "reversal"} else t.amount for t in mine), Decimal(0))
    balance = max(Decimal(0), invoice.amount - settled)
    is_paid = balance == 0
    disputed = invoice.disputed if invoice.disputed and invoice.disputed <= day else None
    closed = invoice.dispute_closed if invoice.dispute_closed and invoice.dispute_closed <= day else None
    return {
        "invoice_number": invoice.number,
        "instalment": str(invoice.instalment or ""),
        "customer_number": invoice.customer,
        "issue_date": invoice.issued.isoformat(),
        "due_date": invoice.due.isoformat(),
        "currency": invoice.currency,
        "amount": f"{invoice.amount:.2f}",
        "balance": f"{balance:.2f}",
        "status": invoice.status or ("paid" if is_paid else "open"),
        "paid_on": mine[-1].day.isoformat() if is_paid and mine else "",
        "disputed": "true" if disputed and not closed else "",
        "disputed_on": disputed.isoformat() if disputed else "",
        "dispute_closed_on": closed.isoformat() if closed else "",
        "autopay": "",
        "url": f"{PORTAL}/invoices/{invoice.number}",
        "pdf": "",
    }


def transaction_row(transaction: Transaction) -> Row:
    """A transaction as the accounting system shows it; it never says which instalment a payment is for."""
    return {
        "transaction_id": transaction.number,
        "customer_number": transaction.customer,
        "invoice_number": transaction.invoice.number if transaction.invoice else "",
        "instalment": "",
        "date": transaction.day.isoformat(),
        "currency": transaction.currency,
        "amount": f"{transaction.amount:.2f}",
        "type": transaction.kind,
    }


def add_bad_rows(invoices: list[Row], transactions: list[Row]) -> None:
    """Three rows that can't be used: an invoice exported twice, an unreadable date, an unknown customer."""
    invoices.append(next(row for row in invoices if row["customer_number"] == "C1040" and row["status"] == "open"))
    unpaid = next(row for row in invoices if row["customer_number"] == "C1031" and row["status"] == "open")
    payment = dict(
        transactions[-1],
        transaction_id="T-29001",
        customer_number="C1031",
        invoice_number=unpaid["invoice_number"],
        date="2026-03-32",
        currency=unpaid["currency"],
        amount=unpaid["amount"],
        type="payment",
    )
    stray = dict(payment, transaction_id="T-29002", customer_number="C9999", invoice_number="", date="2026-03-17")
    transactions += [payment, stray]


def make_tables(books: Books, day: date) -> dict[str, list[Row]]:
    """The four tables of the extract of ``day``."""
    invoices = [invoice_row(books, invoice, day) for invoice in books.invoices if invoice.issued <= day]
    transactions = [transaction_row(transaction) for transaction in books.transactions if transaction.day <= day]
    if day == SAMPLE_DAY:
        add_bad_rows(invoices, transactions)
    own = {"currency", "plan"}
    return {
        "customers": [{k: v for k, v in row.items() if k not in own} for row in books.customers.values()],
        "contacts": make_contacts(books.customers),
        "invoices": invoices,
        "transactions": transactions,
    }


def write_csv(path: Path, rows: list[Row]) -> None:
    """Rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def write_json_lines(path: Path, rows: list[Row]) -> None:
    """Rows as JSON, one object a line; an empty cell is null."""
    lines = (json.dumps({k: v or None for k, v in row.items()}, ensure_ascii=False) for row in rows)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def write_parquet(path: Path, rows: list[Row]) -> None:
    """Rows as Parquet; ``chase`` and ``autopay`` are booleans there, an empty cell is null."""
    columns = {
        name: [row[name] == "true" if name in {"chase", "autopay"} and row[name] else row[name] or None for row in rows]
        for name in rows[0]
    }
    kinds = {name: pyarrow.bool_() if name in {"chase", "autopay"} else pyarrow.string() for name in columns}
    pyarrow.parquet.write_table(pyarrow.table(columns, schema=pyarrow.schema(kinds)), path)


def write_extract(folder: Path, day: date, tables: dict[str, list[Row]]) -> None:
    """One morning's folder; three of them show the other ways in which a table may come."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        if (name, day) == ("invoices", SPLIT_DAY):
            write_csv(folder / "invoices-1.csv", rows[: len(rows) // 2])
            write_csv(folder / "invoices-2.csv", rows[len(rows) // 2 :])
        elif (name, day) == ("transactions", JSON_DAY):
            write_json_lines(folder / "transactions.jsonl", rows)
        elif (name, day) == ("customers", PARQUET_DAY):
            write_parquet(folder / "customers.parquet", rows)
        else:
            write_csv(folder / f"{name}.csv", rows)


def generate(home: Path) -> None:
    """Replace the ten extracts below ``home``."""
    books = make_books()
    for day in EXTRACT_DAYS:
        write_extract(home / "extracts" / day.isoformat(), day, make_tables(books, day))


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
