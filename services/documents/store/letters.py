"""Letters of authorisations: the one in force, the scans of it, and those that could not be made."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.documents.rules import Letter
from services.documents.store.documents import FILE
from shared.contracts.registry.events import AuthorisationPrepared
from shared.postgres.row_mapper import Part, RowMapper
from shared.postgres.transaction import Rows, Transaction

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
        "stored": Part(FILE),
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

_SETFILED = """
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
    await tx.execute(_SETFILED, list(submissions), list(submissions.values()))


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
