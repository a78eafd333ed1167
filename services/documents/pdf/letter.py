"""The authorisation letter: what it states, and its PDF."""

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.platypus import CondPageBreak, Flowable, Frame, KeepTogether, Paragraph, Spacer, Table
from reportlab.platypus.doctemplate import BaseDocTemplate, PageTemplate

from services.documents.pdf import letter_text as words
from services.documents.pdf.letter_page import FRAME_MM, Heading, lettered_canvas
from services.documents.pdf.letter_styles import (
    FACTS_TABLE,
    LIST_TABLE,
    SIGN_TABLE,
    body,
    cell,
    head,
    numbered,
    plain,
    section,
    stamp_cell,
)
from services.documents.pdf.letter_text import LetterKind, Scope
from services.documents.pdf.pages import PdfFile
from services.documents.pdf.problems import LetterNotDrawable
from services.documents.pdf.rendering import opened
from shared.pdf.fonts import markup, without_glyph
from shared.workers.results import RawBytes

_NAMED_AT_MOST = 10


@dataclass(frozen=True, slots=True)
class Person:
    """The authorised person, with the ID number already masked for paper."""

    name: str
    masked_id_number: str
    account: str


@dataclass(frozen=True, slots=True)
class Enterprise:
    """The chain's head office, where it is the authorised party."""

    name: str
    uscc: str


@dataclass(frozen=True, slots=True)
class LetterInstitution:
    """An institution or pharmacy that the letter names; military ones and some clinics lack a number.

    With a former maintainer, whose name is masked, it is handed over (ACC-10).
    """

    name: str
    uscc: str | None
    licence_number: str | None
    former_maintainer: str | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """All that a letter states; the same statement always gives the same file.

    `sealed` is the text of the QR code, as `seal` made it. An `enterprise` makes it the letter of a chain (AUT-7).
    """

    number: str
    version: int
    issued_on: date
    person: Person
    institutions: tuple[LetterInstitution, ...]
    scopes: tuple[Scope, ...]
    sealed: str
    enterprise: Enterprise | None = None

    @property
    def kind(self) -> LetterKind:
        """Whose stamp the letter bears."""
        return LetterKind.ENTERPRISE if self.enterprise else LetterKind.PERSON

    @property
    def of(self) -> str:
        """What the letter calls those whom it names: institutions or pharmacies."""
        pharmacies = {Scope.PHARMACY, Scope.PHARMACIST} & set(self.scopes)
        return words.PHARMACIES if pharmacies else words.INSTITUTIONS

    @property
    def former_maintainers(self) -> dict[str, list[int]]:
        """The former maintainers by their masked names, each with the places of their providers in the list."""
        places: dict[str, list[int]] = {}
        for place, one in enumerate(self.institutions, start=1):
            if one.former_maintainer:
                places.setdefault(one.former_maintainer, []).append(place)
        return places

    @property
    def given_texts(self) -> tuple[str, ...]:
        """Everything in it that people typed in."""
        chain = (self.enterprise.name, self.enterprise.uscc) if self.enterprise else ()
        person = (self.person.name, self.person.masked_id_number, self.person.account)
        listed = (
            (one.name, one.uscc or "", one.licence_number or "", one.former_maintainer or "")
            for one in self.institutions
        )
        return (self.number, *chain, *person, *(text for texts in listed for text in texts))


def render_letter(letter: Letter) -> RawBytes:
    """The letter as an A4 PDF with its fonts embedded; a pure function of the statement, byte for byte (AUT-5).

    Raises LetterNotDrawable for a character that no font has: a letter with a gap in a name authorises nobody.
    """
    if missing := without_glyph("".join(letter.given_texts)):
        raise LetterNotDrawable(characters="、".join(map(_named, missing[:_NAMED_AT_MOST])))
    page = io.BytesIO()
    document = BaseDocTemplate(
        page, pagesize=A4, invariant=1, pageCompression=1, title=f"{words.TITLE} {letter.number}", lang="zh-CN"
    )
    left, bottom, width, height = (side * mm for side in FRAME_MM)
    frame = Frame(left, bottom, width, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
    document.addPageTemplates([PageTemplate(frames=[frame])])
    heading = Heading(letter.number, letter.version, letter.issued_on, letter.sealed)
    document.build(_story(letter), canvasmaker=lettered_canvas(heading))
    return page.getvalue()


def letter_pdf(letter: Letter) -> PdfFile:
    """The letter and how many pages it has come to."""
    pdf = render_letter(letter)
    with opened(pdf) as document:
        return PdfFile(pdf, len(document))


def _story(letter: Letter) -> list[Flowable]:
    clauses = [numbered(clause) for clause in words.clauses(letter.kind)]
    return [
        plain(words.ADDRESSEE),
        body(words.OPENING[letter.kind]),
        section("一、被授权方" if letter.enterprise else "一、被授权人"),
        _parties(letter),
        CondPageBreak(30 * mm),
        section(f"二、授权维护的{letter.of}（共 {len(letter.institutions)} 家）", splits=True),
        _institutions(letter),
        KeepTogether([section("三、授权范围"), *_scopes(letter)]),
        *_handover(letter),
        section(words.CLAUSES_HEADING[bool(letter.former_maintainers)]),
        *clauses[:-2],
        # A page with nothing but signatures could be put behind any other text.
        KeepTogether([*clauses[-2:], Spacer(0, 2 * mm), *_signatures(letter)]),
    ]


def _parties(letter: Letter) -> Table:
    person = letter.person
    edition = f"{letter.number}（第 {letter.version} 版）"
    rows = [
        [head("姓名"), cell(person.name), head("身份证件号码"), cell(person.masked_id_number)],
        [head("平台账号"), cell(person.account), head("授权书编号"), cell(edition)],
    ]
    if letter.enterprise:
        chain = letter.enterprise
        rows.insert(0, [head("企业名称"), cell(chain.name), head("统一社会信用代码"), cell(chain.uscc)])
    return Table(rows, colWidths=[23 * mm, 53 * mm, 32 * mm, 58 * mm], style=FACTS_TABLE)


def _institutions(letter: Letter) -> Table:
    licence = words.LICENCE_OF[letter.of]
    named = [head("序号"), head(f"{letter.of}名称"), head("统一社会信用代码"), head(licence)]
    rows: list[list[Paragraph]] = [named]
    for n, one in enumerate(letter.institutions, start=1):
        numbers = (one.uscc or words.NO_USCC, one.licence_number or words.NO_LICENCE)
        rows.append([cell(str(n)), cell(one.name), *(cell(number) for number in numbers)])
    widths = [11 * mm, 66 * mm, 41 * mm, 48 * mm]
    return Table(rows, colWidths=widths, style=LIST_TABLE, repeatRows=1)


def _scopes(letter: Letter) -> list[Paragraph]:
    ends = ["；"] * (len(letter.scopes) - 1) + ["。"]
    pairs = enumerate(zip(letter.scopes, ends, strict=True), start=1)
    return [numbered(f"{n}. {words.SCOPE_WORDS[scope]}{end}") for n, (scope, end) in pairs]


def _handover(letter: Letter) -> list[Flowable]:
    """Whose place the authorised person takes, and of which providers (ACC-10)."""
    if not letter.former_maintainers:
        return []
    lines = [
        numbered(words.HANDED_OVER.format(name=markup(name), places=_runs(places), of=letter.of))
        for name, places in letter.former_maintainers.items()
    ]
    return [KeepTogether([section(words.HANDOVER_HEADING), body(words.HANDOVER), *lines])]


def _runs(places: Sequence[int]) -> str:
    """Places in a list in short: 1–3、7."""
    runs: list[list[int]] = []
    for place in places:
        if runs and runs[-1][-1] == place - 1:
            runs[-1][1:] = [place]
        else:
            runs.append([place])
    return "、".join("–".join(map(str, run)) for run in runs)


def _signatures(letter: Letter) -> list[Flowable]:
    several = letter.kind is LetterKind.PERSON and len(letter.institutions) > 1
    stamped_by = words.STAMPED_BY_SEVERAL if several else words.STAMPED_BY[letter.kind]
    named = _stamping_party(letter)
    left: Any = [plain(words.SIGNED_BY_HAND), Spacer(0, 16 * mm), plain(words.DATE_LINE)]
    right: Any = [plain(stamped_by), plain(named), stamp_cell(words.STAMP_PLACE), plain(words.DATE_LINE)]
    return [Table([[left, right]], colWidths=[80 * mm, 86 * mm], style=SIGN_TABLE)]


def _stamping_party(letter: Letter) -> str:
    if letter.enterprise:
        return markup(letter.enterprise.name)
    if len(letter.institutions) == 1:
        return markup(letter.institutions[0].name)
    return f"见第二部分所列{letter.of}"


def _named(character: str) -> str:
    code = f"U+{ord(character):04X}"
    seen = character.isprintable() and not unicodedata.category(character).startswith("M")
    return f"{character}（{code}）" if seen else code
