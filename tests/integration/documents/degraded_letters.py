"""Degrades a letter and recognises it, as one worker task."""

from services.documents.pdf.recognition import recognise_picture
from tests.unit.documents.degradation import Case


def text_on(case: Case, letter_pdf: bytes) -> str | None:
    """The text that is recognised on a degraded letter."""
    found = recognise_picture(case.degraded(letter_pdf))
    return found.text if found else None
