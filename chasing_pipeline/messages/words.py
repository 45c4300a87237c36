"""The words that this program itself puts around a template's: on a statement, in a call, at the end of a text.

Belongs here: fixed words by language. Does not belong here: what a message says (the home's templates do).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Words:
    """Everything fixed that a reader of one language may meet; ``{n}`` and the like are filled in."""

    pay_now: str
    statement: str
    date: str
    account: str
    customer: str
    terms: str
    invoice: str
    issued: str
    due: str
    amount: str
    open: str
    total: str
    balance: str
    aging: str
    not_due: str
    days: str
    page_of: str
    slip: str
    slip_note: str
    payable_to: str
    amount_due: str
    amount_paid: str
    automated: str
    reach_person: str
    opt_out: str
    reference: str
    and_: str
    minus: str
    plus: str
    point: str
    marks: Mapping[str, str]
    cents: Mapping[str, tuple[str, str]]


_MARKS = ("-", "/", "#", ".", "_")
_CENT_CURRENCIES = ("EUR", "USD", "CAD", "AUD", "NZD")


def _marks(*names: str) -> Mapping[str, str]:
    return dict(zip(_MARKS, names, strict=True))


def _cents(
    hundredth: tuple[str, str], pence: tuple[str, str], euro_cent: tuple[str, str] | None = None
) -> Mapping[str, tuple[str, str]]:
    """By currency, a hundredth of it: the singular and the plural."""
    return {**dict.fromkeys(_CENT_CURRENCIES, hundredth), "GBP": pence, **({"EUR": euro_cent} if euro_cent else {})}


_WORDS = {
    "en": Words(
        pay_now="Pay Now",
        statement="Statement of account",
        date="Date",
        account="Account",
        customer="Customer",
        terms="Terms",
        invoice="Invoice",
        issued="Issued",
        due="Due",
        amount="Amount",
        open="Open",
        total="Total of these invoices",
        balance="Balance",
        aging="How long these invoices have been past due",
        not_due="Not yet due",
        days="{range} days",
        page_of="Page {n} of {total}",
        slip="Remittance slip",
        slip_note="Please cut off and return with your payment, or quote the account number with your transfer.",
        payable_to="Payable to",
        amount_due="Amount due",
        amount_paid="Amount paid",
        automated="This is an automated message from {company}.",
        opt_out="Reply STOP to opt out",
        reference="Ref. {token}",
        reach_person="To speak to a person, please call {phone}. Once more: {phone}.",
        and_="and",
        minus="minus",
        plus="plus",
        point="point",
        marks=_marks("dash", "slash", "number", "dot", "underscore"),
        cents=_cents(("cent", "cents"), ("penny", "pence")),
    ),
    "fr": Words(
        pay_now="Payer maintenant",
        statement="Relevé de compte",
        date="Date",
        account="Compte client",
        customer="Client",
        terms="Conditions",
        invoice="Facture",
        issued="Date",
        due="Échéance",
        amount="Montant",
        open="Reste dû",
        total="Total de ces factures",
        balance="Solde",
        aging="Ancienneté de ces factures",
        not_due="Non échu",
        days="{range} jours",
        page_of="Page {n} sur {total}",
        slip="Coupon de règlement",
        slip_note="À découper et à joindre à votre règlement ; pour un virement, indiquez le numéro de compte client.",
        payable_to="À l’ordre de",
        amount_due="Montant dû",
        amount_paid="Montant réglé",
        automated="Ceci est un message automatique de {company}.",
        opt_out="Répondez STOP pour vous désinscrire",
        reference="Réf. {token}",
        reach_person="Pour parler à une personne, appelez le {phone}. Je répète : {phone}.",
        and_="et",
        minus="moins",
        plus="plus",
        point="virgule",
        marks=_marks("tiret", "barre", "numéro", "point", "tiret bas"),
        cents=_cents(("centime", "centimes"), ("penny", "pence")),
    ),
    "de": Words(
        pay_now="Jetzt bezahlen",
        statement="Kontoauszug",
        date="Datum",
        account="Kundennummer",
        customer="Kunde",
        terms="Zahlungsziel",
        invoice="Rechnung",
        issued="Datum",
        due="Fällig am",
        amount="Betrag",
        open="Offen",
        total="Summe dieser Rechnungen",
        balance="Offener Saldo",
        aging="So lange sind diese Rechnungen überfällig",
        not_due="Noch nicht fällig",
        days="{range} Tage",
        page_of="Seite {n} von {total}",
        slip="Zahlungsabschnitt",
        slip_note="Bitte abtrennen und Ihrer Zahlung beilegen, oder bei der Überweisung die Kundennummer angeben.",
        payable_to="Zahlbar an",
        amount_due="Offener Betrag",
        amount_paid="Gezahlter Betrag",
        automated="Dies ist eine automatische Nachricht von {company}.",
        opt_out="Zum Abmelden mit STOP antworten",
        reference="Ref. {token}",
        reach_person="Um mit einem Menschen zu sprechen, rufen Sie bitte an unter {phone}. Ich wiederhole: {phone}.",
        and_="und",
        minus="minus",
        plus="plus",
        point="Komma",
        marks=_marks("Strich", "Schrägstrich", "Nummer", "Punkt", "Unterstrich"),
        cents=_cents(("Cent", "Cent"), ("Penny", "Pence")),
    ),
    "es": Words(
        pay_now="Pagar ahora",
        statement="Estado de cuenta",
        date="Fecha",
        account="Cuenta",
        customer="Cliente",
        terms="Condiciones",
        invoice="Factura",
        issued="Fecha",
        due="Vencimiento",
        amount="Importe",
        open="Pendiente",
        total="Total de estas facturas",
        balance="Saldo",
        aging="Antigüedad de estas facturas",
        not_due="Sin vencer",
        days="{range} días",
        page_of="Página {n} de {total}",
        slip="Talón de pago",
        slip_note="Recórtelo y adjúntelo a su pago, o indique el número de cuenta en su transferencia.",
        payable_to="A favor de",
        amount_due="Importe pendiente",
        amount_paid="Importe pagado",
        automated="Este es un mensaje automático de {company}.",
        opt_out="Responda STOP para cancelar",
        reference="Ref. {token}",
        reach_person="Para hablar con una persona, llame al {phone}. Repito: {phone}.",
        and_="con",
        minus="menos",
        plus="más",
        point="coma",
        marks=_marks("guion", "barra", "número", "punto", "guion bajo"),
        cents=_cents(("centavo", "centavos"), ("penique", "peniques"), euro_cent=("céntimo", "céntimos")),
    ),
}


@cache
def words(language: str) -> Words:
    """The fixed words for a reader of ``language`` (BCP 47): its base language's, else English."""
    return _WORDS.get(language.split("-")[0].lower(), _WORDS["en"])


def has_words(language: str) -> bool:
    """Whether the fixed words are there in ``language``, without falling back."""
    return language.split("-")[0].lower() in _WORDS
