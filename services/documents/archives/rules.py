"""What holds of archives: which file in one is taken in under which name, and what becomes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.documents.archives.problems import (
    ArchiveEntryCompressionUnknown,
    ArchiveEntryEncrypted,
    ArchiveEntryNameRepeated,
    ArchiveEntryTooLarge,
)
from services.documents.rules import Document
from shared.problems import ProblemText, RuleBroken, texts_of

STORED, DEFLATED = 0, 8
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """A file in an archive as its directory describes it; offset and sizes in bytes."""

    path: str
    offset: int
    packed: int
    size: int
    crc: int
    method: int
    encrypted: bool


@dataclass(frozen=True, slots=True)
class StoredArchive:
    """An archive in the store and the files that it lists; `fingerprint` stands for it in a repeated request."""

    name: str
    sha256: str
    size: int
    entries: Sequence[ZipEntry]
    fingerprint: bytes


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive, whose it is, and the job that unpacks it; size in bytes."""

    archive_id: UUID
    owner: UUID
    name: str
    sha256: str
    size: int
    files: int
    job_id: UUID
    received_at: datetime
    unpacked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """A file of an archive, and what became of it: a document, a refusal, or nothing yet."""

    archive_id: UUID
    number: int
    entry: ZipEntry
    document_id: UUID | None = None
    problem: ProblemText | None = None


@dataclass(frozen=True, slots=True)
class UnpackedEntry:
    """A file of an archive with its document, which is None where it was refused, waits, or is removed by now."""

    entry: ArchiveEntry
    document: Document | None

    @property
    def number(self) -> int:
        """The file's number in its archive, from 1."""
        return self.entry.number


def numbered(archive_id: UUID, entries: Sequence[ZipEntry]) -> list[ArchiveEntry]:
    """The archive's files in their order, from 1; of two with the same path the second is refused."""
    seen: set[str] = set()
    found: list[ArchiveEntry] = []
    for number, one in enumerate(entries, start=1):
        problem = refusal_text(ArchiveEntryNameRepeated()) if one.path in seen else None
        found.append(ArchiveEntry(archive_id, number, one, problem=problem))
        seen.add(one.path)
    return found


def check_entry(entry: ZipEntry, limit: int) -> None:
    """Refuses an entry by what the directory says of it alone; `limit` in bytes."""
    ArchiveEntryEncrypted.unless(not entry.encrypted)
    ArchiveEntryCompressionUnknown.unless(entry.method in (STORED, DEFLATED))
    largest = max(entry.size, entry.packed)
    ArchiveEntryTooLarge.unless(largest <= limit, megabytes=-(-largest // _MEGABYTE), limit_mb=limit // _MEGABYTE)


def refusal_text(refusal: RuleBroken) -> ProblemText:
    """A refusal as it is kept beside its file."""
    return ProblemText(**texts_of(refusal))


def name_of(entry: ZipEntry) -> str:
    """The file's own name, without the folders that it lies in."""
    return entry.path.rpartition("/")[2]
