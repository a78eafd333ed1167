"""The Chinese font of the letters, which is embedded since offices print on machines that have none."""

from functools import cache
from typing import Any

from services.documents.pdf.font_files import letter_font_files

FONT_NAME = "LetterSans"


@cache
def register_letter_font() -> str:
    """The name under which the letter font is known to reportlab; the file is read once in a process."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont(FONT_NAME, str(letter_font_files()[0]), subfontIndex=0))
    return FONT_NAME


def without_glyph(text: str) -> str:
    """The characters of the text that the letter font cannot draw."""
    from reportlab.pdfbase import pdfmetrics

    face: Any = pdfmetrics.getFont(register_letter_font()).face
    return "".join(char for char in text if ord(char) not in face.charToGlyph)
