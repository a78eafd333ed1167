"""Every SQL statement of the documents service."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.documents.rules import PDF, Document, Letter, Reference, StoredFile
from shared.contracts.registry.events import AttachmentsChanged, AuthorisationPrepared
from shared.postgres.row_mapper import Part, RowMapper
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Caller, Role

# When a document was kept, and its id: the order in which they are looked at.
Place = tuple[datetime, UUID]


class Looked(NamedTuple):
    """How many documents were removed, and how far it was looked."""

    removed: int
    place: Place


_FILE = RowMapper(StoredFile, {"sha256": "text", "pages": "integer", "size": "bigint"})
_DOCUMENT = RowMapper(
    Document,
    {"document_id": "uuid", "owner": "uuid", "name": "text", "kept": Part(_FILE), "kept_at": "timestamptz"},
)
_INSERT_DOCUMENT = f"""
INSERT INTO document ({_DOCUMENT.columns}, media_type) VALUES ({_DOCUMENT.parameters}, {_DOCUMENT.parameter(1)})
"""

# A maintainer has no region to read by: the span is given for unit accounts only.
_READABLE = f"""
SELECT {_DOCUMENT.columns} FROM document
WHERE document_id = $1 AND (
    EXISTS (
        SELECT FROM reference LEFT JOIN provider_maintainers AS held USING (provider_id)
        WHERE reference.document_id = $1
          AND (region BETWEEN $3 AND $4 OR unit_id = $5 OR account_ids @> ARRAY[$2::uuid])
    ) OR (owner = $2 AND NOT EXISTS (
        SELECT FROM reference JOIN provider_maintainers USING (provider_id)
        WHERE reference.document_id = $1 AND cardinality(account_ids) > 0
    ))
)
"""

_REFERENCE = RowMapper(
    Reference,
    {
        "document_id": "uuid",
        "subject_id": "uuid",
        "submission": "bigint",
        "region": "text",
        "unit_id": "uuid",
        "provider_id": "uuid",
    },
    key=["document_id", "subject_id"],
)
_MOVED = _REFERENCE.only("subject_id", "submission", "region")
_MOVE_REFERENCES = f"""
UPDATE reference SET region = new.region FROM {_MOVED.rows}
WHERE reference.subject_id = new.subject_id AND reference.submission < new.submission
"""
_SAVE_REFERENCES = f"""
INSERT INTO reference AS kept ({_REFERENCE.columns})
SELECT {_REFERENCE.columns} FROM {_REFERENCE.rows} ORDER BY document_id, subject_id
ON CONFLICT (document_id, subject_id) DO UPDATE SET {_REFERENCE.assignments("excluded")}
WHERE kept.submission < excluded.submission
"""

# Locks the row in any case: an older event than the row knows of changes nothing.
_PREPARED = """
INSERT INTO authorisation AS known (authorisation_id, account_id, region, letter_number, letter_version)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (authorisation_id) DO UPDATE SET
    region = CASE WHEN known.letter_version < excluded.letter_version THEN excluded.region ELSE known.region END,
    -- A new letter voids a scan of the old one that was just taken and is not filed any more.
    filed_submission = CASE WHEN known.letter_version < excluded.letter_version
        THEN known.returned_submission ELSE known.filed_submission END,
    letter_version = greatest(known.letter_version, excluded.letter_version)
RETURNING letter_version
"""
_HAS_LETTER = "SELECT EXISTS (SELECT FROM letter WHERE authorisation_id = $1 AND letter_version = $2)"
_INSERT_LETTER = """
INSERT INTO letter (authorisation_id, letter_version, letter_number, document_id, made_at)
VALUES ($1, $2, $3, $4, $5)
"""
_LETTER = RowMapper(
    Letter,
    {
        "authorisation_id": "uuid",
        "account_id": "uuid",
        "region": "text",
        "number": "text",
        "version": "bigint",
        "document_id": "uuid",
        "made_at": "timestamptz",
        "kept": Part(_FILE),
        "under_review": "boolean",
        "approved": "boolean",
    },
)
_CURRENT = """
SELECT authorisation.authorisation_id, account_id, region, authorisation.letter_number AS number,
       authorisation.letter_version AS version, document_id, made_at, sha256, pages, size,
       filed_submission > returned_submission AS under_review, approved
FROM authorisation JOIN letter USING (authorisation_id, letter_version) JOIN document USING (document_id)
WHERE authorisation.authorisation_id = $1
"""
_LOCK_CURRENT = f"{_CURRENT} FOR UPDATE OF authorisation"
_SCAN_TAKEN = "UPDATE authorisation SET filed_submission = returned_submission + 1 WHERE authorisation_id = $1"
_SET_FILED = """
UPDATE authorisation SET filed_submission = greatest(filed_submission, submission)
FROM unnest($1::uuid[], $2::integer[]) AS filed (subject_id, submission) WHERE authorisation_id = subject_id
"""
_SET_RETURNED = """
UPDATE authorisation SET returned_submission = greatest(returned_submission, submission)
FROM unnest($1::uuid[], $2::integer[]) AS returned (subject_id, submission) WHERE authorisation_id = subject_id
"""
_SET_APPROVED = "UPDATE authorisation SET approved = true WHERE authorisation_id = ANY($1::uuid[])"
_SET_FAILED = "UPDATE authorisation SET failed_version = $2, failed_characters = $3 WHERE authorisation_id = $1"
_FAILURE = """
SELECT account_id, failed_characters FROM authorisation
WHERE authorisation_id = $1 AND failed_version = letter_version AND letter_version >= $2
"""
_NEXT_EVENT_VERSION = """
UPDATE authorisation SET event_version = event_version + 1 WHERE authorisation_id = $1 RETURNING event_version
"""

_SAVE_WORKING_ATTACHMENTS = """
INSERT INTO working_attachments AS known (subject_id, version, document_ids) VALUES ($1, $2, $3)
ON CONFLICT (subject_id) DO UPDATE SET version = excluded.version, document_ids = excluded.document_ids
WHERE known.version < excluded.version
"""
_REMOVE_UNREFERENCED = """
WITH old AS (
    SELECT document_id, kept_at FROM document
    WHERE kept_at < $1 AND (kept_at, document_id) > ($2, $3) ORDER BY kept_at, document_id LIMIT $4
), removed AS (
    DELETE FROM document USING old
    WHERE document.document_id = old.document_id
      AND NOT EXISTS (SELECT FROM reference WHERE reference.document_id = old.document_id)
      AND NOT EXISTS (SELECT FROM letter WHERE letter.document_id = old.document_id)
      AND NOT EXISTS (SELECT FROM working_attachments WHERE document_ids @> ARRAY[old.document_id])
    RETURNING sha256
), orphaned AS (
    INSERT INTO orphan_file (sha256, removed_at) SELECT DISTINCT sha256, $5::timestamptz FROM removed
    ON CONFLICT (sha256) DO UPDATE SET removed_at = excluded.removed_at
)
SELECT (SELECT count(*) FROM removed) AS removed, kept_at, document_id
FROM old ORDER BY kept_at DESC, document_id DESC LIMIT 1
"""
_TAKE_ORPHANS = """
WITH taken AS (
    DELETE FROM orphan_file WHERE sha256 IN (SELECT sha256 FROM orphan_file WHERE removed_at < $1 LIMIT $2)
    RETURNING sha256
)
SELECT sha256 FROM taken WHERE NOT EXISTS (SELECT FROM document WHERE document.sha256 = taken.sha256)
"""


async def insert_document(tx: Transaction, document: Document) -> None:
    """Writes a document."""
    await tx.execute(_INSERT_DOCUMENT, *_DOCUMENT.values(document), PDF)


async def readable(rows: Rows, document_id: UUID, caller: Caller) -> Document | None:
    """The document, if a record refers to it that the caller's unit sees or the caller maintains.

    An owner reads what no maintained provider's record refers to; who maintains a provider no longer does not.
    """
    low, high = caller.span if caller.role in (Role.REVIEWER, Role.AGENCY) else (None, None)
    row = await rows.fetchrow(_READABLE, document_id, caller.account_id, low, high, caller.unit_id)
    return None if row is None else _DOCUMENT.from_row(row)


async def save_references(tx: Transaction, references: Iterable[Reference]) -> None:
    """Writes which records refer to which documents; what they referred to before moves with them."""
    newest: dict[tuple[UUID, UUID], Reference] = {}
    for one in sorted(references, key=lambda each: each.submission):
        newest[one.document_id, one.subject_id] = one
    if not newest:
        return
    moved = {one.subject_id: one for one in newest.values()}
    await tx.execute(_MOVE_REFERENCES, *_MOVED.arrays([moved[key] for key in sorted(moved)]))
    await tx.execute(_SAVE_REFERENCES, *_REFERENCE.arrays([newest[key] for key in sorted(newest)]))


async def lock_prepared(tx: Transaction, event: AuthorisationPrepared) -> int:
    """Takes in an authorisation that was prepared and locks it; gives the letter version now in force."""
    version: int = await tx.fetchval(
        _PREPARED, event.subject_id, event.account_id, event.region, event.letter_number, event.letter_version
    )
    return version


async def has_letter(rows: Rows, authorisation_id: UUID, version: int) -> bool:
    """Whether the letter of this version was made."""
    made: bool = await rows.fetchval(_HAS_LETTER, authorisation_id, version)
    return made


async def insert_letter(tx: Transaction, event: AuthorisationPrepared, document_id: UUID) -> None:
    """Writes the letter of an authorisation's version."""
    await tx.execute(
        _INSERT_LETTER, event.subject_id, event.letter_version, event.letter_number, document_id, tx.now
    )


async def current_letter(rows: Rows, authorisation_id: UUID) -> Letter | None:
    """The letter in force, once it is made."""
    return _letter(await rows.fetchrow(_CURRENT, authorisation_id))


async def lock_letter(tx: Transaction, authorisation_id: UUID) -> Letter | None:
    """The letter in force, which no later version replaces before the transaction ends."""
    return _letter(await tx.fetchrow(_LOCK_CURRENT, authorisation_id))


async def scan_taken(tx: Transaction, authorisation_id: UUID) -> None:
    """Counts on the filing that the scan leads to: until that one has come back no other scan is taken."""
    await tx.execute(_SCAN_TAKEN, authorisation_id)


async def set_filed(tx: Transaction, submissions: Mapping[UUID, int]) -> None:
    """Writes the highest submission of each authorisation that was filed."""
    await tx.execute(_SET_FILED, list(submissions), list(submissions.values()))


async def set_returned(tx: Transaction, submissions: Mapping[UUID, int]) -> None:
    """Writes the highest submission of each authorisation that came back to who filed it."""
    await tx.execute(_SET_RETURNED, list(submissions), list(submissions.values()))


async def set_approved(tx: Transaction, authorisation_ids: Sequence[UUID]) -> None:
    """Writes that authorisations were approved."""
    await tx.execute(_SET_APPROVED, authorisation_ids)


async def set_failed(tx: Transaction, authorisation_id: UUID, version: int, characters: str) -> None:
    """Writes that the letter of this version cannot be made, for want of glyphs for these characters."""
    await tx.execute(_SET_FAILED, authorisation_id, version, characters)


async def letter_failure(rows: Rows, authorisation_id: UUID, at_least: int) -> tuple[UUID, str] | None:
    """Whose the letter in force is and which characters keep it from being made, if they do."""
    row = await rows.fetchrow(_FAILURE, authorisation_id, at_least)
    return None if row is None else (row["account_id"], row["failed_characters"])


async def next_event_version(tx: Transaction, authorisation_id: UUID) -> int:
    """Counts one more event of the authorisation; gives its version."""
    version: int = await tx.fetchval(_NEXT_EVENT_VERSION, authorisation_id)
    return version


def _letter(row: Any) -> Letter | None:
    return None if row is None else _LETTER.from_row(row)


async def save_working_attachments(tx: Transaction, changed: Sequence[AttachmentsChanged]) -> None:
    """Writes which documents the working copies of records refer to, unless something newer is known."""
    for one in sorted(changed, key=lambda each: (each.subject_id, each.subject_version)):
        await tx.execute(_SAVE_WORKING_ATTACHMENTS, one.subject_id, one.subject_version, list(one.document_ids))


async def remove_unreferenced(tx: Transaction, before: datetime, after: Place, at_most: int) -> Looked | None:
    """Looks at the next documents kept before a time and removes those without a reference; None at the end."""
    row = await tx.fetchrow(_REMOVE_UNREFERENCED, before, *after, at_most, tx.now)
    return None if row is None else Looked(row["removed"], (row["kept_at"], row["document_id"]))


async def take_orphans(tx: Transaction, before: datetime, at_most: int) -> list[str]:
    """Takes files whose document was removed before a time and that no other document has come to need."""
    return [row["sha256"] for row in await tx.fetch(_TAKE_ORPHANS, before, at_most)]
