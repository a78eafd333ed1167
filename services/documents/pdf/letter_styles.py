"""How the parts of a letter are set: type sizes, rules and the place of the stamp."""

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, TableStyle

from shared.pdf.fonts import FONT_NAME, markup, register_letter_fonts

INK = HexColor("#111111")
PALE_INK = HexColor("#8a8a8a")
RULE = HexColor("#555555")
_GRID = (
    ("GRID", (0, 0), (-1, -1), 0.5, RULE),
    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
    ("TOPPADDING", (0, 0), (-1, -1), 2.6),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
    ("LEFTPADDING", (0, 0), (-1, -1), 4),
    ("RIGHTPADDING", (0, 0), (-1, -1), 4),
)
_SHADE = HexColor("#f1f1ef")
FACTS_TABLE = TableStyle(
    [*_GRID, ("BACKGROUND", (0, 0), (0, -1), _SHADE), ("BACKGROUND", (2, 0), (2, -1), _SHADE)]
)
LIST_TABLE = TableStyle([*_GRID, ("BACKGROUND", (0, 0), (-1, 0), _SHADE)])
SIGN_TABLE = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])


def _style(name: str, size: float, leading: float, **more: object) -> ParagraphStyle:
    register_letter_fonts()
    return ParagraphStyle(
        name, fontName=FONT_NAME, fontSize=size, leading=leading, textColor=INK, wordWrap="CJK", **more
    )


_BODY = _style("body", 10.5, 16, firstLineIndent=21, alignment=TA_JUSTIFY, spaceBefore=2)
_PLAIN = _style("plain", 10.5, 16)
_SECTION = _style("section", 11, 16, spaceBefore=4, spaceAfter=2, keepWithNext=1)
_SPLITTING_SECTION = _style("splitting-section", 11, 16, spaceBefore=4, spaceAfter=2)
_NUMBERED = _style("numbered", 10, 14.5, leftIndent=27, firstLineIndent=-13)
_CELL = _style("cell", 9.5, 13)
_HEAD = _style("head", 9.5, 13, alignment=TA_CENTER)
_STAMP = _style("stamp", 9, 13, alignment=TA_CENTER, spaceBefore=9 * mm, spaceAfter=9 * mm)


def body(text: str) -> Paragraph:
    """A paragraph of the letter, its first line indented by two characters."""
    return Paragraph(text, _BODY)


def plain(text: str) -> Paragraph:
    """A line of the letter as it stands."""
    return Paragraph(text, _PLAIN)


def section(text: str, *, splits: bool = False) -> Paragraph:
    """The heading of a part, kept with what follows it unless that is a list over several pages."""
    return Paragraph(text, _SPLITTING_SECTION if splits else _SECTION)


def numbered(text: str) -> Paragraph:
    """One numbered clause, hanging from its number."""
    return Paragraph(text, _NUMBERED)


def cell(text: str) -> Paragraph:
    """What somebody typed in, set literally and whole."""
    return Paragraph(markup(text), _CELL)


def head(text: str) -> Paragraph:
    """The name of a column or row."""
    return Paragraph(text, _HEAD)


def stamp_cell(text: str) -> Paragraph:
    """The empty place of the stamp, named in pale ink."""
    return Paragraph(f'<font color="{PALE_INK.hexval().replace("0x", "#")}">{text}</font>', _STAMP)
