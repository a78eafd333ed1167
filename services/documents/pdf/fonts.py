"""The Chinese font of the letters, which is embedded since offices print on machines that have none."""

import os
from functools import cache
from pathlib import Path
from typing import Any

FONT_SETTING = "DOCUMENTS_LETTER_FONT"
FONT_NAME = "LetterSans"
_FONT_FILES = (
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
    Path("/usr/share/fonts/wqy-microhei/wqy-microhei.ttc"),
    Path("/opt/homebrew/share/fonts/wqy-microhei.ttc"),
)


class LetterFontMissing(RuntimeError):
    """The machine has no font that letters can be set in."""


@cache
def register_letter_font() -> str:
    """The name under which the letter font is known to reportlab; the file is read once in a process."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    pdfmetrics.registerFont(TTFont(FONT_NAME, str(letter_font_file()), subfontIndex=0))
    return FONT_NAME


@cache
def letter_font_file() -> Path:
    """The TrueType font file: the one that the setting names, else where systems install it."""
    chosen = os.environ.get(FONT_SETTING)
    candidates = (Path(chosen),) if chosen else _FONT_FILES
    for path in candidates:
        if path.is_file():
            return path
    raise LetterFontMissing(
        f"no Chinese TrueType font at {', '.join(map(str, candidates))}: install it with "
        f"`apt-get install fonts-wqy-microhei`, or name a .ttf/.ttc with TrueType outlines in {FONT_SETTING}"
    )


def without_glyph(text: str) -> str:
    """The characters of the text that the letter font cannot draw."""
    from reportlab.pdfbase import pdfmetrics

    face: Any = pdfmetrics.getFont(register_letter_font()).face
    return "".join(char for char in text if ord(char) not in face.charToGlyph)
