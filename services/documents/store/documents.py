"""Documents: who may read one, which records refer to it, and which are removed since none does."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from services.documents.rules import PDF, Document, Reference, StoredFile
from shared.contracts.registry.events import AttachmentsChanged
from shared.postgres.row_mapper import Part, RowMapper
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Caller, Role

# When a document was kept, and its id: the order in which they are looked at.
Place = tuple[datetime, UUID]


class Looked(NamedTuple):
    """How many documents were removed, and how far it was looked."""

    removed: int
    place: Place


FILE = RowMapper(StoredFile, {"sha256": "text", "pages": "integer", "size": "bigint"})

DOCUMENT = RowMapper(
    Document,
    {"document_id": "uuid", "owner": "uuid", "name": "text", "stored": Part(FILE), "kept_at": "timestamptz"},
)

_INSERT_DOCUMENT = f"""
INSERT INTO document ({DOCUMENT.columns}, media_type) VALUES ({DOCUMENT.parameters}, {DOCUMENT.parameter(1)})
"""

# A maintainer has no region to read by: the span is given for unit accounts only.
_READABLE = f"""
SELECT {DOCUMENT.columns} FROM document
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
SELECT sha256 FROM taken
WHERE NOT EXISTS (SELECT FROM document WHERE document.sha256 = taken.sha256)
  AND NOT EXISTS (SELECT FROM archive WHERE archive.sha256 = taken.sha256 AND unpacked_at IS NULL)
"""


async def insert_document(tx: Transaction, document: Document) -> None:
    """Writes a document."""
    await tx.execute(_INSERT_DOCUMENT, *DOCUMENT.values(document), PDF)


async def readable(rows: Rows, document_id: UUID, caller: Caller) -> Document | None:
    """The document, if a record refers to it that the caller's unit sees or the caller maintains.

    An owner reads what no maintained provider's record refers to; who maintains a provider no longer does not.
    """
    low, high = caller.span if caller.role in (Role.REVIEWER, Role.AGENCY) else (None, None)
    row = await rows.fetchrow(_READABLE, document_id, caller.account_id, low, high, caller.unit_id)
    return None if row is None else DOCUMENT.from_row(row)


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


async def save_working_attachments(tx: Transaction, changed: Sequence[AttachmentsChanged]) -> None:
    """Writes which documents the working copies of records refer to, unless something newer is known."""
    for one in sorted(changed, key=lambda each: (each.subject_id, each.subject_version)):
        await tx.execute(_SAVE_WORKING_ATTACHMENTS, one.subject_id, one.subject_version, list(one.document_ids))


async def remove_unreferenced(tx: Transaction, before: datetime, after: Place, at_most: int) -> Looked | None:
    """Looks at the next documents kept before a time and removes those without a reference; None at the end."""
    row = await tx.fetchrow(_REMOVE_UNREFERENCED, before, *after, at_most, tx.now)
    return None if row is None else Looked(row["removed"], (row["kept_at"], row["document_id"]))


async def take_orphans(tx: Transaction, before: datetime, at_most: int) -> list[str]:
    """Takes files whose document was removed before a time and that no document or archive needs."""
    return [row["sha256"] for row in await tx.fetch(_TAKE_ORPHANS, before, at_most)]
