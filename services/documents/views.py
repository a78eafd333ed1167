"""What the documents service is asked and answers over HTTP."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.documents.pdf.pages import PageChoice
from services.documents.rules import LONGEST_NAME, PDF, Document, Letter
from shared.contracts.documents.events import ScanMatched

_TURN = "(0|90|180|270)"


class UploadQuery(BaseModel):
    """What is said of an upload beside its body."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str | None, Field(max_length=LONGEST_NAME, description="The document's name.")] = None
    rotations: Annotated[
        str | None,
        Field(
            max_length=400,
            pattern=f"^{_TURN}(,{_TURN})*$",
            description="How far each file is turned, clockwise in degrees, in the order of the files: 0,90,270.",
        ),
    ] = None


class ScanQuery(UploadQuery):
    """The same of a stamped letter; the number is for a letter whose QR code nothing can read."""

    letter_number: Annotated[str | None, Field(max_length=60)] = None


class ChosenPage(BaseModel):
    """A page, counted from 1, and how far it is turned clockwise in degrees."""

    model_config = ConfigDict(extra="forbid")

    page: Annotated[int, Field(ge=1)]
    turn: Literal[0, 90, 180, 270] = 0


class Arrangement(BaseModel):
    """The pages of a document in the order that they are to have; one that is left out is gone."""

    model_config = ConfigDict(extra="forbid")

    pages: Annotated[list[ChosenPage], Field(min_length=1, max_length=1000)]

    @property
    def choices(self) -> list[PageChoice]:
        """Returns the pages as a worker takes them."""
        return [PageChoice(one.page, one.turn) for one in self.pages]


class LetterQuery(BaseModel):
    """From which version on a letter will do; a caller who has just changed the data names the new one."""

    model_config = ConfigDict(extra="forbid")

    letter_version: Annotated[int, Field(ge=0)] = 0


class DocumentView(BaseModel):
    """A document; size in bytes, SHA-256 in hexadecimal."""

    document_id: UUID
    name: str
    media_type: str
    pages: int
    bytes: int
    sha256: str
    kept_at: datetime

    @classmethod
    def of(cls, document: Document, **more: str) -> Self:
        """From the document."""
        stored = document.stored
        return cls(
            document_id=document.document_id,
            name=document.name,
            media_type=PDF,
            pages=stored.pages,
            bytes=stored.size,
            sha256=stored.sha256,
            kept_at=document.kept_at,
            **more,
        )


class UploadView(DocumentView):
    """A document that was just taken in, with the receipt to hand on to the record that it belongs to."""

    receipt: str


class LetterView(BaseModel):
    """The letter that is in force for an authorisation."""

    authorisation_id: UUID
    letter_number: str
    letter_version: int
    document_id: UUID
    made_at: datetime

    @classmethod
    def of(cls, letter: Letter) -> Self:
        """From the letter."""
        return cls(
            authorisation_id=letter.authorisation_id,
            letter_number=letter.number,
            letter_version=letter.version,
            document_id=letter.document_id,
            made_at=letter.made_at,
        )


class ScanView(BaseModel):
    """A stamped letter that belongs to this authorisation; `found_by` is what read its QR code, or a person."""

    letter_number: str
    letter_version: int
    recognised: bool
    pages: int
    document_id: UUID
    found_by: str

    @classmethod
    def of(cls, matched: ScanMatched, found_by: str) -> Self:
        """From the event of the match."""
        return cls(
            letter_number=matched.letter_number,
            letter_version=matched.letter_version,
            recognised=matched.recognised,
            pages=matched.pages,
            document_id=matched.document_id,
            found_by=found_by,
        )
