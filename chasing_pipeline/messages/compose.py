"""From the facts of an action to its message, complete and never to be made again.

Belongs here: one function per channel. Does not belong here: finding and rendering templates (``library``),
choosing them (``sql/actions``: an action names the template to use), and sending (``channels``).
"""

import re
from collections.abc import Sequence
from email.headerregistry import Address
from pathlib import Path
from urllib.parse import quote

from chasing_pipeline.domain.action import MessageFacts
from chasing_pipeline.domain.cadence import Channel
from chasing_pipeline.domain.message import (
    AutoCall,
    Email,
    Letter,
    Message,
    TextMessage,
    UnsendableMessage,
)
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.attachments import invoices_pdf as attached_invoices
from chasing_pipeline.messages.blocks import LetterWords, words_of_html, words_of_text
from chasing_pipeline.messages.bodies import html_of, text_of, tidy
from chasing_pipeline.messages.context import link_token, message_context, portal_url, reply_address
from chasing_pipeline.messages.formats import regional, simple_characters
from chasing_pipeline.messages.library import TemplateLibrary, reading_language
from chasing_pipeline.messages.links import SANDBOX_SECRET, unsubscribe_token
from chasing_pipeline.messages.mail_html import mail_ready
from chasing_pipeline.messages.markup import clean_line, email_address
from chasing_pipeline.messages.mime import Draft, address, identifier, mime_bytes, sender_address
from chasing_pipeline.messages.parts import TASK_PART, TEXT_LIMIT
from chasing_pipeline.messages.phones import caller_id, e164, parse_number, region, text_number
from chasing_pipeline.messages.postal import address_lines, recipient_address, sender_lines, sender_postal_address
from chasing_pipeline.messages.speech import script, spoken_phone, twiml_of
from chasing_pipeline.messages.statement import Envelope, page_size, statement_pdf
from chasing_pipeline.messages.tasks import task
from chasing_pipeline.messages.words import words as fixed_words

_OPT_OUT_COUNTRIES = frozenset(("US", "CA", "PR"))
"""Where a text message has to say how to end them (CTIA and CWTA guidelines)."""
_STOP = re.compile(r"\bSTOP\b")


def compose(
    facts: MessageFacts,
    settings: Settings,
    library: TemplateLibrary,
    invoices_pdf: bytes | None = None,
    *,
    earlier_message_ids: Sequence[str] = (),
    secret: str | None = SANDBOX_SECRET,
) -> Message:
    """The message of ``facts.action``; the same arguments give the same message, byte for byte.

    ``invoices_pdf`` is attached to an e-mail instead of what ``facts.attach_invoices`` asks for. An e-mail follows up
    the ``earlier_message_ids`` of its cycle, oldest first. ``secret`` signs links; without one they are not signed.
    Raises UnsendableMessage when this contact can't be reached this way, ConfigurationError when the template is at
    fault.
    """
    words = _Words(facts, settings, library, secret)
    match facts.action.channel:
        case Channel.EMAIL:
            return _email(words, invoices_pdf, tuple(earlier_message_ids))
        case Channel.SMS:
            return _text_message(words)
        case Channel.AUTO_CALL:
            return _auto_call(words)
        case Channel.LETTER:
            return _letter(words)
        case Channel.PHONE_CALL | Channel.ESCALATE:
            return task(facts, settings, words.optional(TASK_PART, settings.company.language))


class _Words:
    """What the action's template says, part by part; the values it names are worked out once a language."""

    def __init__(self, facts: MessageFacts, settings: Settings, library: TemplateLibrary, secret: str | None) -> None:
        self.facts, self.settings, self.secret = facts, settings, secret
        self._library = library
        self._contexts: dict[str, dict[str, object]] = {}
        self.region = facts.customer.country or settings.company.default_country
        self._template = facts.action.template or ""

    @property
    def fonts(self) -> Path:
        """Where the home keeps fonts of its own for letters."""
        return self._library.root.parent / "fonts"

    def part(self, part: str) -> tuple[str, str]:
        """(the text of ``part``, its language with the reader's region). Raises ConfigurationError."""
        wanted = self.facts.action.language
        language = self._reading(self._library.language_used(self._template, part, wanted))
        return self._library.render(self._template, part, wanted, self._context(language)), language

    def spoken(self, part: str, listed: int) -> tuple[str, str]:
        """Like ``part``, for listeners; only the oldest ``listed`` invoices are listed."""
        wanted = self.facts.action.language
        language = self._reading(self._library.language_used(self._template, part, wanted))
        context = message_context(self.facts, self.settings, language, self.secret, spoken=True, listed=listed)
        return self._library.render(self._template, part, wanted, context), language

    def bodies(self) -> tuple[str, str, str]:
        """(the plain text, the HTML, the language) of an e-mail; one is made from the other where it is missing.

        Both are in one language, also where only one of them is translated.
        """
        bodies, language = self._parts("body.txt", "body.html")
        html = bodies["body.html"] if "body.html" in bodies else html_of(bodies["body.txt"], language)
        text = tidy(bodies["body.txt"]) if "body.txt" in bodies else text_of(html)
        return text, mail_ready(html), language

    def letter(self) -> tuple[LetterWords, str]:
        """(the words, the language) of a letter; from ``letter.txt`` where the template has both."""
        parts, language = self._parts("letter.txt", "letter.html")
        if "letter.txt" in parts:
            return words_of_text(parts["letter.txt"]), language
        return words_of_html(parts["letter.html"]), language

    def optional(self, part: str, wanted: str) -> str:
        """The text of ``part`` for a reader of ``wanted``; empty where the template hasn't got it."""
        found = self._library.find(self._template, [part], wanted)
        if found is None:
            return ""
        return self._library.render_file(found.files[part], self._context(self._reading(found.language)))

    def _parts(self, *parts: str) -> tuple[dict[str, str], str]:
        """(those of ``parts`` there are, their one language). Raises ConfigurationError where there is none."""
        wanted = self.facts.action.language
        found = self._library.find(self._template, parts, wanted)
        if found is None:
            text, language = self.part(parts[0])  # raises, and says what is missing
            return {parts[0]: text}, language
        language = self._reading(found.language)
        return {
            part: self._library.render_file(name, self._context(language)) for part, name in found.files.items()
        }, language

    def _reading(self, used: str) -> str:
        """The language words in ``used`` are read in: with the reader's own region, or its country's."""
        return regional(reading_language(self.facts.action.language, used), self.facts.customer.country)

    def _context(self, language: str) -> dict[str, object]:
        if language not in self._contexts:
            self._contexts[language] = message_context(self.facts, self.settings, language, self.secret)
        return self._contexts[language]


def _email(words: _Words, invoices_pdf: bytes | None, earlier_message_ids: tuple[str, ...]) -> Email:
    facts, settings = words.facts, words.settings
    action = facts.action
    recipient = address(action.contact_name or facts.customer.name, action.recipient)
    subject, _ = words.part("subject.txt")
    text, html, language = words.bodies()
    if invoices_pdf is None and facts.attach_invoices:
        invoices_pdf = attached_invoices(facts, settings, language, facts.extract, words.fonts)
    draft = Draft(
        action_id=action.action_id,
        sender=sender_address(settings),
        recipient=recipient,
        reply_to=_reply_to(facts, settings),
        sent_at=action.not_before,
        subject=clean_line(subject),
        text=text,
        html=html,
        language=language,
        attachments=() if invoices_pdf is None else ((_file_name(action.customer_number), invoices_pdf),),
        unsubscribe=_unsubscribe(words),
        earlier_message_ids=earlier_message_ids,
    )
    return Email(
        recipient=recipient.addr_spec,
        subject=draft.subject,
        content=mime_bytes(draft),
        message_id=draft.message_id,
        return_path=_return_path(draft, settings),
    )


def _text_message(words: _Words) -> TextMessage:
    facts, settings = words.facts, words.settings
    number = text_number(facts.action.recipient, facts.customer.country, settings)
    text, language = words.part("sms.txt")
    body = simple_characters(tidy(text)).strip()
    if not body:
        raise UnsendableMessage("the text message says nothing")
    token = link_token(facts, settings, words.secret)
    if token not in body:
        url = portal_url(facts, settings, words.secret) or ""
        body = f"{body} {url if token in url else fixed_words(language).reference.format(token=token)}"
    if region(number) in _OPT_OUT_COUNTRIES and not _STOP.search(body):
        body = f"{body}\n{fixed_words(language).opt_out}"
    if len(body) > TEXT_LIMIT:
        raise UnsendableMessage(f"the text message is too long: {len(body):,} characters, {TEXT_LIMIT:,} at most")
    return TextMessage(to=e164(number), sender=settings.senders.sms, body=body, token=token)


def _auto_call(words: _Words) -> AutoCall:
    facts, settings = words.facts, words.settings
    number = parse_number(facts.action.recipient, facts.customer.country, settings)
    caller = caller_id(number, facts.action.customer_number, settings)
    listed = len(facts.invoices)
    while True:
        said = _script(words, listed)
        try:
            twiml = twiml_of(said)
        except UnsendableMessage:
            if listed == 0:
                raise
            listed //= 2  # rather fewer invoices than no call; the template says how many there are
        else:
            return AutoCall(to=e164(number), caller_id=caller, twiml=twiml, text="\n\n".join(text for _, text in said))


def _script(words: _Words, listed: int) -> list[tuple[str, str]]:
    """What a call says, with how to reach a person, if the template doesn't tell."""
    said, language = words.spoken("call.txt", listed)
    text = simple_characters(said)
    phone = spoken_phone(clean_line(words.settings.company.phone), words.region, language)
    if phone and phone not in text:
        text = f"{text}\n\n{fixed_words(language).reach_person.format(phone=phone)}"
    return script(text, clean_line(words.settings.company.name), language)


def _letter(words: _Words) -> Letter:
    facts, settings = words.facts, words.settings
    customer, company = facts.customer, settings.company
    if not clean_line(customer.address1) or not clean_line(customer.country):
        raise UnsendableMessage("a letter needs the customer's address1 and country")
    letter, language = words.letter()
    name, contact = clean_line(customer.name), clean_line(facts.action.contact_name)
    names = (name,) if contact in ("", name) else (name, contact)
    # The country in the sender's language: it is the sender's post office that reads it.
    lines = (*names, *address_lines(customer, company.default_country, company.language))
    pdf = statement_pdf(
        facts,
        settings,
        language,
        letter=letter,
        envelope=_envelope(settings, lines),
        fonts=words.fonts,
    )
    sender = sender_postal_address(settings.senders.letter)
    return Letter(address=lines, to=recipient_address(facts, settings), sender=sender, pdf=pdf)


def _envelope(settings: Settings, recipient: tuple[str, ...]) -> Envelope:
    """What shows in the windows. Live, on the page that Lob takes, nothing does: Lob prints both addresses there."""
    page = page_size(settings)
    if settings.mode == "live" and page == "letter":
        return Envelope(page)
    sender = settings.senders.letter
    lines = sender_lines(sender) if sender else (settings.company.name, *settings.company.address)
    return Envelope(page, recipient, tuple(clean_line(line) for line in lines))


def _reply_to(facts: MessageFacts, settings: Settings) -> Address | None:
    value = email_address(reply_address(facts, settings))
    return address(None, value) if value else None


def _unsubscribe(words: _Words) -> tuple[str, ...]:
    """Where "unsubscribe" leads: to the home's page, which one click is enough for, and to whoever reads replies."""
    facts, settings = words.facts, words.settings
    number = clean_line(facts.customer.customer_number)
    addresses = []
    if settings.unsubscribe_url and words.secret:
        token = unsubscribe_token(words.secret, number, facts.action.action_id)
        url = settings.unsubscribe_url.replace("{customer_number}", quote(number, safe=""))
        if "{token}" not in url:
            url += f"{'&' if '?' in url else '?'}token={{token}}"
        addresses.append(url.replace("{token}", token))
    reply = _reply_to(facts, settings)
    if reply is not None:
        addresses.append(f"mailto:{quote(reply.addr_spec, safe='@')}?subject={quote(f'unsubscribe {number}', safe='')}")
    return tuple(addresses)


def _return_path(draft: Draft, settings: Settings) -> str:
    """The envelope's sender; where an address for bounces is set, with the action in it: a bounce says whose it is."""
    sender = settings.senders.email
    if sender is None or sender.return_path is None:
        return draft.sender.addr_spec
    user, _, domain = sender.return_path.rpartition("@")
    return f"{user}+{identifier(draft.action_id)}@{domain}"


def _file_name(customer_number: str) -> str:
    number = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in customer_number[:100])
    return f"invoices-{number}.pdf"
