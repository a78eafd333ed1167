"""What is asked and answered of archives over HTTP."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.documents.archives.rules import Archive, UnpackedEntry, refusal_text
from services.documents.problems import FileUnknown
from services.documents.rules import LONGEST_NAME
from shared.problems import ProblemText


class ArchiveQuery(BaseModel):
    """What is said of an archive beside its body."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str | None, Field(max_length=LONGEST_NAME, description="The archive's name.")] = None


class ArchiveView(BaseModel):
    """An archive, how many files it lists, and the job that unpacks it; size in bytes."""

    archive_id: UUID
    name: str
    bytes: int
    files: int
    job_id: UUID
    received_at: datetime
    unpacked_at: datetime | None

    @classmethod
    def of(cls, archive: Archive) -> Self:
        """From the archive."""
        return cls(
            archive_id=archive.archive_id,
            name=archive.name,
            bytes=archive.size,
            files=archive.files,
            job_id=archive.job_id,
            received_at=archive.received_at,
            unpacked_at=archive.unpacked_at,
        )


class EntryState(StrEnum):
    """What became of a file of an archive."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class ArchiveEntryView(BaseModel):
    """A file of an archive by its path there: the document with its receipt, or why it is refused."""

    number: int
    name: str
    state: EntryState
    document_id: UUID | None = None
    pages: int | None = None
    receipt: str | None = None
    problem: ProblemText | None = None

    @classmethod
    def of(cls, unpacked: UnpackedEntry, receipt: str | None) -> Self:
        """From the file; the receipt is that of its document, if it has one."""
        entry, document = unpacked.entry, unpacked.document
        shown = {"number": entry.number, "name": entry.entry.path}
        if document is not None:
            return cls(
                **shown,
                state=EntryState.ACCEPTED,
                document_id=document.document_id,
                pages=document.stored.pages,
                receipt=receipt,
            )
        # A document that no record refers to is removed after some months.
        problem = refusal_text(FileUnknown()) if entry.document_id else entry.problem
        return cls(**shown, state=EntryState.REFUSED if problem else EntryState.WAITING, problem=problem)
