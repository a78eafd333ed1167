"""The fonts of printed papers, which are embedded since offices print on machines that have none."""

import unicodedata
from collections.abc import Iterator
from functools import cache
from html import escape
from itertools import groupby
from typing import Any

from shared.pdf.font_files import letter_font_files

FONT_NAME = "LetterSans"
# Controls, format characters such as direction overrides, lone surrogates, private use: no paper shows them.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


@cache
def register_letter_fonts() -> tuple[str, ...]:
    """The names under which reportlab knows the letter fonts, the preferred first; each file is read once."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    names = []
    for number, path in enumerate(letter_font_files()):
        name = f"{FONT_NAME}-{number}" if number else FONT_NAME
        pdfmetrics.registerFont(TTFont(name, str(path), subfontIndex=0))
        names.append(name)
    return tuple(names)


def markup(text: str) -> str:
    """The text for a paragraph, literally, each run of it in the first font that draws it."""
    return "".join(_in_font(name, run) for name, run in runs(text))


def runs(text: str) -> Iterator[tuple[str, str]]:
    """The text in runs of one font each, the font's name with each run."""
    for name, characters in groupby(text, lambda character: _font_of(character) or FONT_NAME):
        yield name, "".join(characters)


def without_glyph(text: str) -> str:
    """The characters of the text that no letter font can draw, each once."""
    return "".join(character for character in dict.fromkeys(text) if _font_of(character) is None)


def _font_of(character: str) -> str | None:
    if unicodedata.category(character) in _INVISIBLE:
        return None
    return next((name for name in register_letter_fonts() if ord(character) in _glyphs(name)), None)


@cache
def _glyphs(font: str) -> dict[int, int]:
    from reportlab.pdfbase import pdfmetrics

    face: Any = pdfmetrics.getFont(font).face
    glyphs: dict[int, int] = face.charToGlyph
    return glyphs


def _in_font(name: str, run: str) -> str:
    return escape(run) if name == FONT_NAME else f'<font name="{name}">{escape(run)}</font>'
