"""The events of the documents service: letters that were made, scans that were matched."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.contracts.event import Event


class LetterMade(Event):
    """The letter of an authorisation's version was made; subject: the authorisation."""

    type: ClassVar[str] = "documents.letter.made.v1"

    letter_number: str
    letter_version: int
    document_id: UUID


class LetterFailed(Event):
    """The letter of an authorisation's version cannot be made: no font draws these characters of a name in it.

    `characters` names them as a person reads them, such as "㵲（U+3D72）". Subject: the authorisation.
    """

    type: ClassVar[str] = "documents.letter.failed.v1"

    letter_number: str
    letter_version: int
    characters: str


class ScanMatched(Event):
    """The stamped scan of a letter was uploaded and belongs to this authorisation and version (AUT-6).

    `recognised` is false where the QR code could not be read and the number was typed in by a person.
    """

    type: ClassVar[str] = "documents.scan.matched.v1"

    letter_number: str
    letter_version: int
    document_id: UUID
    name: str
    pages: int
    recognised: bool
    uploaded_by: UUID
    uploaded_at: AwareDatetime
