"""The command ``preview``: exactly what would be sent, before it is, or was, while the ledger keeps it.

Belongs here: finding the action or the template, and where the preview goes. Does not belong here: how a message is
shown (``messages.showing``) and what it says.
"""

import re
import shutil
import subprocess
import sys
import webbrowser
from dataclasses import replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from chasing_pipeline.cli.options import DayOption, HomeOption, open_home, say
from chasing_pipeline.domain.cadence import TODO_CHANNELS, Channel
from chasing_pipeline.domain.message import AutoCall, Email, Message, UnsendableMessage
from chasing_pipeline.domain.problems import ChasingError
from chasing_pipeline.resources.chasing import Chasing


class PreviewFormat(StrEnum):
    """What goes to standard output instead of into files."""

    TEXT = "text"
    HTML = "html"
    PDF = "pdf"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add this family to the command."""
    app.command()(preview)


def preview(
    what: Annotated[
        str | None, typer.Argument(help="An action's id, or its first characters; or a template's name.")
    ] = None,
    home: HomeOption = None,
    day: DayOption = None,
    every: Annotated[bool, typer.Option("--all", help="Every message of the day, on one page.")] = False,
    channel: Annotated[Channel, typer.Option("--channel", help="Of a template.")] = Channel.EMAIL,
    language: Annotated[
        str | None, typer.Option("--language", help="Of a template. Default: the company's.", show_default=False)
    ] = None,
    invoices: Annotated[int, typer.Option("--invoices", min=0, help="Of a template: how many it lists.")] = 2,
    form: Annotated[
        PreviewFormat | None, typer.Option("--format", help="To standard output instead of files.", show_default=False)
    ] = None,
    opened: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Show what a recipient gets: the message of an action, or of a template with sample data. Sends nothing.

    Examples:

        chasing preview 3f2a --date 2026-03-18

        chasing preview overdue --channel sms --language fr --format text

        chasing preview --all --date 2026-03-18 --open
    """
    chasing = open_home(home, day)
    if every == (what is not None):
        raise typer.BadParameter("name an action or a template, or say --all")
    if every:
        path = _preview_all(chasing, _wanted_day(chasing, day))
    else:
        name = str(what)
        try:
            if _is_template(chasing, name):
                message = _of_template(chasing, name, channel, language, invoices)
            else:
                message = _of_action(chasing, _wanted_day(chasing, day), name)
        except UnsendableMessage as error:
            raise ChasingError(f"nothing can be sent: {error}") from error
        if form is not None:
            _print(message, form)
            return
        path = _write(message, chasing.home.warehouse / "preview", name)
    say(f"{path}")
    if opened:
        webbrowser.open(path.resolve().as_uri())


def _wanted_day(chasing: Chasing, day: date | None) -> date:
    """The day asked for, else the last one planned. Raises ChasingError where none is."""
    days = chasing.warehouse.days("action_table")
    if day is None and not days:
        raise ChasingError("no day has been planned yet; run: chasing run --no-dispatch")
    return day or days[-1]


def _is_template(chasing: Chasing, name: str) -> bool:
    from chasing_pipeline.messages.library import TemplateLibrary

    return TemplateLibrary.of_home(chasing.home.templates, chasing.home.settings.company.language).has_template(name)


def _of_template(chasing: Chasing, name: str, channel: Channel, language: str | None, invoices: int) -> Message:
    from chasing_pipeline.messages.samples import sample_facts

    settings = chasing.home.settings
    facts = sample_facts(language or settings.company.language, invoices, settings.company.default_country)
    action = replace(facts.action, template=name, channel=channel)
    if channel in TODO_CHANNELS | {Channel.SMS, Channel.AUTO_CALL}:
        action = replace(action, recipient="+447700900123")
    return chasing.messages.make(replace(facts, action=action))


def _of_action(chasing: Chasing, day: date, start: str) -> Message:
    actions, _ = chasing.planned_actions(day)
    found = [action for action in actions if action.action_id.startswith(start)]
    if len(found) != 1:
        known = "no action" if not found else f"{len(found)} actions"
        see = chasing.home.command(f"actions --date {day} --format csv")
        raise ChasingError(f"{known} of {day} with an id that begins with {start!r}, and no template; see: {see}")
    with chasing.previews().of_day(day) as messages:
        message = messages.message(found[0])
        if message is None:
            raise ChasingError(f"this action of {day} is not due any more: {messages.why_not(found[0])}")
    return message


def _preview_all(chasing: Chasing, day: date) -> Path:
    actions, _ = chasing.planned_actions(day)
    path, count = chasing.previews().write_page(day, actions)
    say(f"{count} actions of {day}:")
    return path


def _print(message: Message, form: PreviewFormat) -> None:
    from chasing_pipeline.messages.showing import email_html, pdf_of, shown_html, shown_json, shown_text

    if form is PreviewFormat.PDF:
        pdf = pdf_of(message)
        if pdf is None:
            raise ChasingError("this message has no PDF")
        sys.stdout.buffer.write(pdf)
    elif form is PreviewFormat.HTML:
        sys.stdout.write(email_html(message) if isinstance(message, Email) else shown_html(message))
    else:
        sys.stdout.write(shown_text(message) if form is PreviewFormat.TEXT else shown_json(message))


def _write(message: Message, folder: Path, name: str) -> Path:
    """Write the preview's files; return the one to look at first."""
    from chasing_pipeline.messages.showing import pdf_of, shown_html, shown_text

    folder.mkdir(parents=True, exist_ok=True)
    base = folder / re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    page = base.with_suffix(".html")
    page.write_text(shown_html(message), encoding="utf-8")
    base.with_suffix(".txt").write_text(shown_text(message), encoding="utf-8")
    pdf = pdf_of(message)
    if pdf is not None:
        base.with_suffix(".pdf").write_bytes(pdf)
    if isinstance(message, Email):
        base.with_suffix(".eml").write_bytes(message.content)
        return page
    if isinstance(message, AutoCall):
        _speak(message, base.with_suffix(".wav"))
    return base.with_suffix(".pdf") if pdf is not None else page


def _speak(call: AutoCall, path: Path) -> None:
    """The call as a sound file, where espeak-ng is installed."""
    program = shutil.which("espeak-ng")
    if program is None:
        say("install espeak-ng to hear the call")
        return
    from chasing_pipeline.messages.speech import speech_markup

    markup, voice = speech_markup(call.twiml)
    subprocess.run([program, "-m", "-v", voice, "-w", str(path)], input=markup.encode(), check=True, timeout=60)
    say(f"{path}")
