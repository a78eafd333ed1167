"""What every page of a letter bears: title, number, version, QR code, the next steps and its page number."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from services.documents.pdf import letter_text as words
from services.documents.pdf.letter_styles import INK, PALE_INK, RULE
from shared.pdf.fonts import FONT_NAME, register_letter_fonts
from shared.pdf.qr import HIGH, draw_qr

QR_MM = 40
FRAME_MM = (22, 27, 166, 206)  # left, bottom, width, height of the text on every page
_LEFT, _RIGHT = 22 * mm, 188 * mm
_QR_LEFT, _QR_BOTTOM = 148 * mm, 243 * mm
_QR_NAME = "letter-seal"


@dataclass(frozen=True, slots=True)
class Heading:
    """What the head of every page states."""

    number: str
    version: int
    issued_on: date
    sealed: str


def lettered_canvas(heading: Heading) -> Callable[..., Canvas]:
    """The canvas maker for a letter's document."""
    return partial(_LetterCanvas, heading=heading)


class _LetterCanvas(Canvas):  # type: ignore[misc]  # reportlab is not typed
    """Holds the pages back until their number is known, then gives each its head and foot."""

    def __init__(self, *args: Any, heading: Heading, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        register_letter_fonts()
        self._heading = heading
        self._held: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802 - reportlab's name
        self._held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        pages = self._held
        _draw_seal_once(self, self._heading.sealed)
        for n, page in enumerate(pages, start=1):
            self.__dict__.update(page)
            _draw_head(self, self._heading, first=n == 1)
            _draw_foot(self, n, len(pages))
            super().showPage()
        super().save()


def _draw_head(canvas: Canvas, heading: Heading, *, first: bool) -> None:
    _title(canvas, words.TITLE if first else f"{words.TITLE}（续）", size=27 if first else 20)
    canvas.setFillColor(INK)
    canvas.setFont(FONT_NAME, 10.5)
    issued = heading.issued_on
    canvas.drawString(_LEFT, 252 * mm, f"编　　号：{heading.number}")
    canvas.drawString(_LEFT, 245.5 * mm, f"版　　本：第 {heading.version} 版")
    canvas.drawString(_LEFT, 239 * mm, f"出具日期：{issued.year} 年 {issued.month} 月 {issued.day} 日")
    canvas.doForm(_QR_NAME)
    canvas.setFont(FONT_NAME, 7.5)
    canvas.setFillColor(PALE_INK)
    canvas.drawCentredString(_QR_LEFT + QR_MM * mm / 2, _QR_BOTTOM - 6.5 * mm, "核验码 · 请勿遮挡、涂改")


def _title(canvas: Canvas, text: str, size: int) -> None:
    """Drawn with a stroke round each character, since the font has no bold cut."""
    spread = size * 0.35
    width = canvas.stringWidth(text, FONT_NAME, size) + spread * (len(text) - 1)
    line = canvas.beginText((A4[0] - width) / 2, 267 * mm)
    line.setFont(FONT_NAME, size)
    line.setCharSpace(spread)
    line.setTextRenderMode(2)
    canvas.setStrokeColor(INK)
    canvas.setFillColor(INK)
    canvas.setLineWidth(0.5)
    line.textOut(text)
    line.setCharSpace(0)
    line.setTextRenderMode(0)
    canvas.drawText(line)


def _draw_foot(canvas: Canvas, page: int, pages: int) -> None:
    canvas.setStrokeColor(RULE)
    canvas.setLineWidth(0.4)
    canvas.line(_LEFT, 23 * mm, _RIGHT, 23 * mm)
    canvas.setFont(FONT_NAME, 8)
    canvas.setFillColor(INK)
    for n, step in enumerate(words.NEXT_STEPS):
        canvas.drawString(_LEFT, (18.5 - 4.8 * n) * mm, step)
    canvas.drawCentredString(A4[0] / 2, 7.5 * mm, f"第 {page} 页　共 {pages} 页")


def _draw_seal_once(canvas: Canvas, sealed: str) -> None:
    """The QR code, kept as a form that each page refers to."""
    canvas.beginForm(_QR_NAME)
    draw_qr(canvas, sealed, _QR_LEFT, _QR_BOTTOM, QR_MM * mm, HIGH)
    canvas.endForm()
