"""From the facts of an action to its message, complete and never to be made again.

Belongs here: one function per channel. Does not belong here: finding and rendering templates (``library``),
choosing them (``sql/actions``: an action names the template to use), and sending (``channels``).
"""

from email.headerregistry import Address

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
from chasing_pipeline.messages.bodies import html_of, text_of, tidy
from chasing_pipeline.messages.context import message_context, reply_address
from chasing_pipeline.messages.formats import simple_characters
from chasing_pipeline.messages.library import TemplateLibrary, reading_language
from chasing_pipeline.messages.markup import clean_line, email_address
from chasing_pipeline.messages.mime import Draft, address, mime_bytes, sender_address
from chasing_pipeline.messages.parts import TASK_PART, TEXT_LIMIT
from chasing_pipeline.messages.phones import caller_id, e164, parse_number, text_number
from chasing_pipeline.messages.postal import address_lines
from chasing_pipeline.messages.speech import spoken
from chasing_pipeline.messages.tasks import task


def compose(
    facts: MessageFacts, settings: Settings, library: TemplateLibrary, invoices_pdf: bytes | None = None
) -> Message:
    """The message of ``facts.action``; the same arguments give the same message, byte for byte.

    ``invoices_pdf``, all open invoices as one PDF, is attached to an e-mail. Raises UnsendableMessage when
    this contact can't be reached this way, ConfigurationError when the template is at fault.
    """
    words = _Words(facts, settings, library)
    match facts.action.channel:
        case Channel.EMAIL:
            return _email(facts, settings, words, invoices_pdf)
        case Channel.SMS:
            return _text_message(facts, settings, words)
        case Channel.AUTO_CALL:
            return _auto_call(facts, settings, words)
        case Channel.LETTER:
            return _letter(facts, settings, words)
        case Channel.PHONE_CALL | Channel.ESCALATE:
            return task(facts, settings, words.optional(TASK_PART, settings.company.language))


class _Words:
    """What the action's template says, part by part; the values it names are worked out once a language."""

    def __init__(self, facts: MessageFacts, settings: Settings, library: TemplateLibrary) -> None:
        self._facts, self._settings, self._library = facts, settings, library
        self._contexts: dict[str, dict[str, object]] = {}
        self._template = facts.action.template or ""

    def part(self, part: str) -> tuple[str, str]:
        """(the text of ``part``, its language with the reader's region). Raises ConfigurationError."""
        wanted = self._facts.action.language
        language = reading_language(wanted, self._library.language_used(self._template, part, wanted))
        return self._library.render(self._template, part, wanted, self._context(language)), language

    def bodies(self) -> tuple[str, str, str]:
        """(the plain text, the HTML, the language) of an e-mail; one is made from the other where it is missing.

        Both are in one language, also where only one of them is translated.
        """
        wanted = self._facts.action.language
        found = self._library.find(self._template, ("body.html", "body.txt"), wanted)
        if found is None:
            text, language = self.part("body.txt")  # raises, and says what is missing
            return text, html_of(text, language), language
        language = reading_language(wanted, found.language)
        bodies = {part: self._library.render_file(name, self._context(language)) for part, name in found.files.items()}
        html = bodies["body.html"] if "body.html" in bodies else html_of(bodies["body.txt"], language)
        return tidy(bodies["body.txt"]) if "body.txt" in bodies else text_of(html), html, language

    def optional(self, part: str, wanted: str) -> str:
        """The text of ``part`` for a reader of ``wanted``; empty where the template hasn't got it."""
        found = self._library.find(self._template, [part], wanted)
        if found is None:
            return ""
        return self._library.render_file(found.files[part], self._context(reading_language(wanted, found.language)))

    def _context(self, language: str) -> dict[str, object]:
        if language not in self._contexts:
            self._contexts[language] = message_context(self._facts, self._settings, language)
        return self._contexts[language]


def _email(facts: MessageFacts, settings: Settings, words: _Words, invoices_pdf: bytes | None) -> Email:
    action = facts.action
    recipient = address(action.contact_name or facts.customer.name, action.recipient)
    subject, _ = words.part("subject.txt")
    text, html, language = words.bodies()
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
    )
    return Email(recipient=recipient.addr_spec, subject=draft.subject, content=mime_bytes(draft))


def _text_message(facts: MessageFacts, settings: Settings, words: _Words) -> TextMessage:
    number = text_number(facts.action.recipient, facts.customer.country, settings)
    text, _ = words.part("sms.txt")
    body = simple_characters(tidy(text)).strip()
    if not body:
        raise UnsendableMessage("the text message says nothing")
    if len(body) > TEXT_LIMIT:
        raise UnsendableMessage(f"the text message is too long: {len(body):,} characters, {TEXT_LIMIT:,} at most")
    return TextMessage(to=e164(number), sender=settings.senders.sms, body=body)


def _auto_call(facts: MessageFacts, settings: Settings, words: _Words) -> AutoCall:
    action = facts.action
    number = parse_number(action.recipient, facts.customer.country, settings)
    said, language = words.part("call.txt")
    text, twiml = spoken(simple_characters(said), clean_line(settings.company.name), language)
    caller = caller_id(number, action.customer_number, settings)
    return AutoCall(to=e164(number), caller_id=caller, twiml=twiml, text=text)


def _letter(facts: MessageFacts, settings: Settings, words: _Words) -> Letter:
    customer, company = facts.customer, settings.company
    if not clean_line(customer.address1) or not clean_line(customer.country):
        raise UnsendableMessage("a letter needs the customer's address1 and country")
    html, _ = words.part("letter.html")
    name, contact = clean_line(customer.name), clean_line(facts.action.contact_name)
    names = (name,) if contact in ("", name) else (name, contact)
    # The country in the sender's language: it is the sender's post office that reads it.
    return Letter(address=(*names, *address_lines(customer, company.default_country, company.language)), html=html)


def _reply_to(facts: MessageFacts, settings: Settings) -> Address | None:
    value = email_address(reply_address(facts, settings))
    return address(None, value) if value else None


def _file_name(customer_number: str) -> str:
    number = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in customer_number)
    return f"invoices-{number}.pdf"
