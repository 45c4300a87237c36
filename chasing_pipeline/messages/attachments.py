"""All open invoices of a message as one PDF: the accounting system's own where the extract has them, else a statement.

Belongs here: finding, checking and joining. Does not belong here: drawing a statement (``statement``), and which step
wants it (``attach_invoices`` in a cadence).
"""

import io
from pathlib import Path

import pikepdf

from chasing_pipeline.domain.action import InvoiceLine, MessageFacts
from chasing_pipeline.domain.settings import Settings
from chasing_pipeline.messages.blocks import LetterWords
from chasing_pipeline.messages.statement import Envelope, page_size, statement_pdf

MOST_BYTES = 10_000_000
"""The largest attachment: many mail servers take no message above 10 to 25 MB, and base64 adds a third."""


def invoices_pdf(
    facts: MessageFacts, settings: Settings, language: str, extract: Path | None, fonts: Path | None = None
) -> bytes | None:
    """The invoices of ``facts`` as one PDF, None where it lists none.

    Those with a readable ``pdf`` below the folder ``extract`` come as they are, oldest first; where one has none, or
    they are too large together, a statement of all stands before them, or alone.
    """
    if not facts.invoices:
        return None
    own = [path for line in facts.invoices if (path := _own(line, extract)) is not None]
    fits = sum(path.stat().st_size for path in own) <= MOST_BYTES
    documents = [path.read_bytes() for path in own] if fits else []
    if len(documents) < len(facts.invoices):
        envelope = Envelope(page_size(settings), windowed=False)
        statement = statement_pdf(facts, settings, language, letter=LetterWords(""), envelope=envelope, fonts=fonts)
        documents.insert(0, statement)
    return documents[0] if len(documents) == 1 else joined(documents)


def joined(documents: list[bytes]) -> bytes:
    """Several PDFs as one; the same ones give the same bytes."""
    with pikepdf.new() as together:
        for document in documents:
            with pikepdf.open(io.BytesIO(document)) as one:
                together.pages.extend(one.pages)
        out = io.BytesIO()
        together.save(out, deterministic_id=True)
    return out.getvalue()


def _own(line: InvoiceLine, extract: Path | None) -> Path | None:
    """The invoice's own PDF, if it lies below the extract and can be read as one."""
    if extract is None or not line.pdf:
        return None
    try:
        path = (extract / line.pdf).resolve()
        if not path.is_relative_to(extract.resolve()) or not path.is_file():
            return None
        with pikepdf.open(path):
            return path
    except (pikepdf.PdfError, OSError, ValueError):
        return None
