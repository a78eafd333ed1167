"""Every SQL statement about imports, and those that write many records at once.

What a workbook holds is encrypted: its rows bear ID numbers.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from services.registry.filing_columns import FILING
from services.registry.imports.rules import Existing, Import, ImportState, Mode, Problem, Row
from services.registry.records.rules import Copy, Record
from services.registry.records.store.rows import COPY, RECORD, of_kind
from shared.ids import new_id
from shared.postgres.columns import Column, Columns
from shared.postgres.row_mapper import Part, RowMapper, enum
from shared.postgres.transaction import Rows, Transaction


def problems_of(found: Sequence[Sequence[Any]]) -> tuple[Problem, ...]:
    """Builds the problems of a row."""
    return tuple(Problem(*one) for one in found)


def _written(problems: Sequence[Problem]) -> list[list[Any]]:
    return [list(one) for one in problems]


_IMPORT = RowMapper(
    Import,
    {
        "import_id": "uuid",
        "kind": "text",
        "account_id": "uuid",
        "provider_id": "uuid",
        "digest": "bytea",
        "file_name": "text",
        "mode": enum(Mode),
        "existing": enum(Existing),
        "state": enum(ImportState),
        "columns": "jsonb",
        "header_row": "integer",
        "ignored": "jsonb",
        "rows": "integer",
        "wrong": "integer",
        "applied": "integer",
        "added_at": "timestamptz",
        "job_id": "uuid",
    },
    key=["import_id"],
)
_PROGRESS = _IMPORT.only("import_id", "state", "wrong", "applied", "job_id")
_ROW = RowMapper(
    Row,
    {
        "number": "integer",
        "values": "jsonb",
        "problems": Column("jsonb", encode=_written, decode=problems_of),
        "identity": "text",
    },
    key=["number"],
)
# The same file again is the same import, as long as it was not refused: then it is tried again.
_ADD = f"""
INSERT INTO import AS kept ({_IMPORT.columns}) VALUES ({_IMPORT.parameters})
ON CONFLICT (account_id, kind, coalesce(provider_id, account_id), digest, mode, existing) WHERE state <> 'refused'
DO UPDATE SET digest = excluded.digest RETURNING import_id
"""
_STAGE = """
INSERT INTO import_row (import_id, number, cells)
SELECT $1, number, cells FROM unnest($2::integer[], $3::bytea[]) AS new (number, cells)
"""
_READ = f"SELECT {_IMPORT.columns} FROM import WHERE import_id = $1 AND account_id = $2"
_LOCK = f"SELECT {_IMPORT.columns} FROM import WHERE import_id = $1 FOR UPDATE"
_SAVE = f"UPDATE import SET {_PROGRESS.parameter_assignments} WHERE import_id = $1"
_NEXT = """
SELECT number, cells FROM import_row WHERE import_id = $1 AND number > $2 ORDER BY number LIMIT $3
"""
_SAVE_ROWS = f"""
UPDATE import_row AS one SET {_ROW.assignments("new")} FROM {_ROW.rows}
WHERE one.import_id = {_ROW.parameter(1)} AND one.number = new.number
"""
_FIRST_OF = """
SELECT identity, min(number) AS number FROM import_row
WHERE import_id = $1 AND identity = ANY($2::text[]) AND number < $3 GROUP BY identity
"""
_GOOD = """
SELECT number, values, identity FROM import_row
WHERE import_id = $1 AND problems = '[]' AND record_id IS NULL AND number > $2 ORDER BY number LIMIT $3
"""
_WRONG = """
SELECT number, cells, problems FROM import_row
WHERE import_id = $1 AND problems <> '[]' AND number > $2 ORDER BY number LIMIT $3
"""
_ALL = "SELECT number, cells, problems FROM import_row WHERE import_id = $1 ORDER BY number LIMIT $2"
_COUNT_WRONG = "SELECT count(*) FROM import_row WHERE import_id = $1 AND problems <> '[]'"
_WRITTEN = """
UPDATE import_row AS one SET record_id = new.record_id, values = NULL
FROM unnest($2::integer[], $3::uuid[]) AS new (number, record_id)
WHERE one.import_id = $1 AND one.number = new.number
"""
_SAVE_PROBLEMS = """
UPDATE import_row AS one SET problems = new.problems
FROM unnest($2::integer[], $3::jsonb[]) AS new (number, problems)
WHERE one.import_id = $1 AND one.number = new.number
"""
_FORGET = """
DELETE FROM import_row WHERE import_id IN (SELECT import_id FROM import WHERE added_at < $1)
"""

_EXISTING = """
SELECT known.identity, one.record_id, one.name, one.version, one.state = 'submitted' AS locked,
       EXISTS (SELECT FROM maintainer AS held
               WHERE held.provider_id = one.provider_id AND held.account_id = $2 AND held.scope = $3) AS own
FROM KIND_identity AS known JOIN KIND AS one USING (record_id) WHERE known.identity = ANY($1::text[])
"""
_EXISTING_STAFF = """
SELECT encode(person_identity.identity, 'hex') AS identity, one.record_id, one.name, one.version,
       one.state = 'submitted' AS locked, true AS own
FROM person_identity
JOIN practitioner ON practitioner.person_id = person_identity.person_id AND practitioner.kind = $3
JOIN KIND AS one ON one.code_holder_id = practitioner.practitioner_id AND one.provider_id = $2
WHERE person_identity.identity = ANY($1::bytea[])
"""
_BY_CERTIFICATE = """
SELECT numbers ->> 'certificate_number' AS number, record_id, name, version, state = 'submitted' AS locked,
       true AS own
FROM KIND WHERE provider_id = $1 AND numbers ->> 'certificate_number' = ANY($2::text[])
"""
_PRACTITIONERS = """
WITH given AS (
    SELECT * FROM unnest($2::bytea[], $3::uuid[], $4::uuid[]) AS new (identity, person_id, practitioner_id)
), person AS (
    INSERT INTO person_identity (identity, person_id) SELECT identity, person_id FROM given ORDER BY identity
    ON CONFLICT (identity) DO UPDATE SET identity = excluded.identity RETURNING identity, person_id
), found AS (
    INSERT INTO practitioner (practitioner_id, kind, person_id)
    SELECT DISTINCT ON (person.person_id) given.practitioner_id, $1, person.person_id
    FROM person JOIN given USING (identity) ORDER BY person.person_id
    ON CONFLICT (person_id, kind) DO UPDATE SET kind = excluded.kind RETURNING practitioner_id, person_id
)
SELECT encode(person.identity, 'hex') AS identity, practitioner_id FROM person JOIN found USING (person_id)
"""


class Known(NamedTuple):
    """A record on file that a row is about."""

    record_id: UUID
    name: str
    version: int
    locked: bool
    own: bool


class NewRecord(NamedTuple):
    """A record to write, with the identity by which it is known and its working copy."""

    record: Record
    identity: str
    copy: Copy
    searched: str
    # As JSON: an array of arrays of several lengths cannot be a parameter.
    grams: list[str]


_NEW = RECORD.only(
    *("record_id", "provider_id", "code_holder_id", "version", "event_version", "life", "name", "region"),
    *("numbers", "added_by"),
    *FILING.written,
)
_ADDED: Columns[NewRecord] = Columns(
    {
        "record": Part(RECORD),
        "identity": "text",
        "copy": Part(COPY),
        "searched": "text",
        "grams": "jsonb",
    }
).only(*_NEW.written, "identity", "values", "attachments", "searched", "grams")
_ADD_MANY = f"""
WITH new AS MATERIALIZED (
    SELECT * FROM {_ADDED.rows}
), taken AS (
    INSERT INTO KIND_identity (record_id, identity) SELECT record_id, identity FROM new ORDER BY identity
    ON CONFLICT DO NOTHING RETURNING record_id
), added AS (
    INSERT INTO KIND ({_NEW.columns}, added_at)
    SELECT {_NEW.columns}, {_ADDED.parameter(1)} FROM new JOIN taken USING (record_id)
), copied AS (
    INSERT INTO KIND_copy (record_id, {COPY.columns})
    SELECT record_id, {COPY.columns} FROM new JOIN taken USING (record_id)
), found AS (
    INSERT INTO KIND_search (record_id, searched, grams)
    SELECT record_id, searched, ARRAY(SELECT jsonb_array_elements_text(grams))
    FROM new JOIN taken USING (record_id)
)
SELECT record_id FROM taken
"""


async def add(tx: Transaction, one: Import) -> UUID:
    """Writes an import; answers that of the same file, if there is one that was not refused."""
    import_id: UUID = await tx.fetchval(_ADD, *_IMPORT.values(one))
    return import_id


async def stage(tx: Transaction, import_id: UUID, rows: Sequence[tuple[int, bytes]]) -> None:
    """Writes the encrypted rows of a workbook."""
    numbers, cells = zip(*rows, strict=True)
    await tx.execute(_STAGE, import_id, numbers, cells)


async def read(rows: Rows, import_id: UUID, account_id: UUID) -> Import | None:
    """An account's import."""
    row = await rows.fetchrow(_READ, import_id, account_id)
    return None if row is None else _IMPORT.from_row(row)


async def lock(tx: Transaction, import_id: UUID) -> Import:
    """An import, locked."""
    return _IMPORT.from_row(await tx.fetchrow(_LOCK, import_id))


async def save(tx: Transaction, one: Import) -> None:
    """Writes where an import is."""
    await tx.execute(_SAVE, *_PROGRESS.values(one))


async def next_rows(rows: Rows, import_id: UUID, after: int, limit: int) -> list[Any]:
    """The next rows, in the order of the sheet."""
    return await rows.fetch(_NEXT, import_id, after, limit)


async def save_rows(tx: Transaction, import_id: UUID, rows: Sequence[Row]) -> None:
    """Writes what was found in rows."""
    await tx.execute(_SAVE_ROWS, *_ROW.arrays(rows), import_id)


async def first_of(rows: Rows, import_id: UUID, identities: Sequence[str], before: int) -> dict[str, int]:
    """The earlier rows of the sheet that are about the same."""
    found = await rows.fetch(_FIRST_OF, import_id, identities, before)
    return {row["identity"]: row["number"] for row in found}


async def good_rows(rows: Rows, import_id: UUID, after: int, limit: int) -> list[Any]:
    """The next rows in which nothing is wrong and that are not written yet."""
    return await rows.fetch(_GOOD, import_id, after, limit)


async def wrong_rows(rows: Rows, import_id: UUID, after: int, limit: int) -> list[Any]:
    """The next rows in which something is wrong."""
    return await rows.fetch(_WRONG, import_id, after, limit)


async def all_rows(rows: Rows, import_id: UUID, limit: int) -> list[Any]:
    """The rows of the sheet."""
    return await rows.fetch(_ALL, import_id, limit)


async def count_wrong(rows: Rows, import_id: UUID) -> int:
    """How many rows something is wrong with."""
    count: int = await rows.fetchval(_COUNT_WRONG, import_id)
    return count


async def save_problems(tx: Transaction, import_id: UUID, found: Sequence[tuple[int, Problem | None]]) -> None:
    """Writes what is wrong with rows that were good before."""
    if found:
        numbers, problems = zip(*((number, [list(one)]) for number, one in found if one), strict=True)
        await tx.execute(_SAVE_PROBLEMS, import_id, numbers, problems)


async def save_written(tx: Transaction, import_id: UUID, written: Sequence[tuple[int, UUID]]) -> None:
    """Writes which rows have become which records; their values are there from now on."""
    numbers, record_ids = zip(*written, strict=True)
    await tx.execute(_WRITTEN, import_id, numbers, record_ids)


async def forget_rows(tx: Transaction, before: Any) -> None:
    """Removes the rows of imports that were added before a time."""
    await tx.execute(_FORGET, before)


async def known_records(
    rows: Rows, kind: str, identities: Sequence[str], account_id: UUID, scope: str
) -> dict[str, Known]:
    """The records on file that have these identities."""
    found = await rows.fetch(of_kind(_EXISTING, kind), identities, account_id, scope)
    return {row["identity"]: _known(row) for row in found}


async def staff_by_certificate(
    rows: Rows, kind: str, numbers: Sequence[str], provider_id: UUID
) -> list[tuple[str, Known]]:
    """The staff of a provider with these certificate numbers."""
    found = await rows.fetch(of_kind(_BY_CERTIFICATE, kind), provider_id, numbers)
    return [(row["number"], _known(row)) for row in found]


async def known_staff(rows: Rows, kind: str, identities: Sequence[str], provider_id: UUID) -> dict[str, Known]:
    """The staff of a provider with these ID numbers, which are given as keyed hashes in hexadecimal."""
    hashes = [bytes.fromhex(one) for one in identities]
    found = await rows.fetch(of_kind(_EXISTING_STAFF, kind), hashes, provider_id, kind)
    return {row["identity"]: _known(row) for row in found}


def _known(row: Any) -> Known:
    return Known(row["record_id"], row["name"], row["version"], row["locked"], row["own"])


async def practitioners(tx: Transaction, kind: str, identities: Sequence[str]) -> dict[str, UUID]:
    """The practitioners whom ID numbers name, known or new."""
    hashes = [bytes.fromhex(one) for one in identities]
    persons, ids = [new_id() for _ in hashes], [new_id() for _ in hashes]
    found = await tx.fetch(_PRACTITIONERS, kind, hashes, persons, ids)
    return {row["identity"]: row["practitioner_id"] for row in found}


async def add_many(tx: Transaction, kind: str, records: Sequence[NewRecord]) -> set[UUID]:
    """Writes new records; answers those that were written: another has the identity of the rest."""
    found = await tx.fetch(of_kind(_ADD_MANY, kind), *_ADDED.arrays(records), tx.now)
    return {row["record_id"] for row in found}
