"""What holds of documents and letters: their names, and which letter a scan belongs to."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.documents.pdf.seal import Forged, NotOurs, Seal
from services.documents.problems import (
    LetterApproved,
    LetterForged,
    LetterNotRecognised,
    LetterOfAnotherApplication,
    LetterOutdated,
    LetterUnderReview,
)
from shared.identifiers.regions import NATION
from shared.problems import FieldProblem, FieldsRefused
from shared.security.caller import Caller, Role

PDF = "application/pdf"
LONGEST_NAME = 200
UNNAMED = "附件"
HELP_URL, HELP_TITLE = "/help/unreadable-letter", "附件无法识别时，如何操作？"
_UPLOADED = {"pdf", "jpg", "jpeg", "png", "heic", "heif"}


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A paper that has passed every check and lies in the store under its SHA-256; size in bytes."""

    sha256: str
    pages: int
    size: int


@dataclass(frozen=True, slots=True)
class LetterFailure:
    """Why a letter cannot be made: no font draws these characters, named as a refusal names them."""

    characters: str


@dataclass(frozen=True, slots=True)
class Document:
    """A paper and whose it is; always a PDF by now."""

    document_id: UUID
    owner: UUID
    name: str
    stored: StoredFile
    kept_at: datetime


@dataclass(frozen=True, slots=True)
class Reference:
    """A record that refers to a document: its newest filing that had it, and who reads it by that.

    These are the units of the region, the unit that is named, and whoever maintains the provider.
    """

    document_id: UUID
    subject_id: UUID
    submission: int
    region: str
    unit_id: UUID | None = None
    provider_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """The letter that is in force for an authorisation: those of older versions are void."""

    authorisation_id: UUID
    account_id: UUID
    region: str
    number: str
    version: int
    document_id: UUID
    made_at: datetime
    stored: StoredFile
    under_review: bool = False
    approved: bool = False

    def open_to_scans(self) -> None:
        """Refuses a scan that nobody would look at: one is under review, or the authorisation is approved."""
        LetterApproved.unless(not self.approved, number=self.number)
        LetterUnderReview.unless(not self.under_review, number=self.number)

    def readable_by(self, caller: Caller) -> bool:
        """Whether it is the caller's, or the caller reviews for the nation (AUT-8)."""
        is_nations = caller.role is Role.REVIEWER and caller.region == NATION
        return is_nations or caller.account_id == self.account_id

    @property
    def filename(self) -> str:
        """The name under which it is saved."""
        return f"授权书-{self.number}-{self.version}.pdf"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was read on a scan: every seal on it, true or forged, and what read the first."""

    seals: tuple[Seal | Forged | NotOurs, ...] = ()
    found_by: str | None = None


def recognised(letter: Letter, scan: Scanned, typed_number: str | None) -> bool:
    """Whether the scan is of the letter by its own seal; False where a person typed the letter's number (AUT-6).

    A seal beside the letter's own refuses the scan: a reviewer could be shown one letter and approve another.
    Raises LetterForged, LetterOfAnotherApplication, LetterOutdated or LetterNotRecognised.
    """
    LetterForged.unless(not any(isinstance(seal, Forged) for seal in scan.seals))
    true = [seal for seal in scan.seals if isinstance(seal, Seal)]
    for seal in true:
        _same_letter(letter, seal.number)
    for seal in true:
        if seal.version != letter.version:
            raise LetterOutdated(number=letter.number, version=seal.version, current=letter.version)
    if true:
        return True
    if not typed_number:
        raise LetterNotRecognised(help_url=HELP_URL, help_title=HELP_TITLE)
    _same_letter(letter, as_printed(typed_number))
    return False


def _same_letter(letter: Letter, number: str) -> None:
    LetterOfAnotherApplication.unless(number == letter.number, number=number, expected=letter.number)


def as_printed(number: str) -> str:
    """A letter number as letters bear it, from what a person typed: full-width digits, small letters, spaces."""
    return "".join(unicodedata.normalize("NFKC", number).upper().split())


def clean_name(name: str | None) -> str:
    """A document's name that is safe to show and to save under: one line, no folders."""
    shown = "".join(char for char in (name or "") if char.isprintable() and char not in '/\\"<>|:*?')
    return shown.strip(" .")[:LONGEST_NAME] or UNNAMED


def saved_as(name: str) -> str:
    """The name of the download: what was a photo has become a PDF."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem if stem and suffix.lower() in _UPLOADED else name}.pdf"


def turns_of(rotations: str | None, files: int) -> tuple[int, ...]:
    """How far each file is turned, clockwise in degrees: as the user gave them, in the order of the files."""
    given = tuple(int(turn) for turn in rotations.split(",")) if rotations else ()
    if len(given) > files:
        raise FieldsRefused(fields=(_TOO_MANY_TURNS,))
    return given + (0,) * (files - len(given))


_TOO_MANY_TURNS = FieldProblem(
    field="rotations", code="too-many", zh="旋转角度多于文件个数。", en="There are more rotations than files."
)
