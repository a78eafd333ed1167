"""Spoiling a letter and reading it, as one task for a worker."""

from services.documents.pdf.recognition import recognise_picture
from tests.unit.documents.degradation import Case


def text_on(case: Case, letter_pdf: bytes) -> str | None:
    """What is read on a letter that was spoilt."""
    found = recognise_picture(case.degraded(letter_pdf))
    return found.text if found else None
