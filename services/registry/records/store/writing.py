"""The SQL that writes records: added, claimed, edited, submitted, followed, coded."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.registry.filing_columns import FILING
from services.registry.records.rules import Copy, Holder, Life, Record
from services.registry.records.store.rows import COPY, RECORD, of_kind
from services.registry.records.store.search_index import searched
from shared.postgres.columns import Columns
from shared.postgres.row_mapper import Part, RowMapper, enum
from shared.postgres.transaction import Rows, Transaction


class Versioned(NamedTuple):
    """A record about which an event is going to be recorded, with the version of that event."""

    record_id: UUID
    event_version: int
    region: str


class Provider(NamedTuple):
    """A provider's name and numbers."""

    record_id: UUID
    name: str
    numbers: dict[str, str | None]
    life: Life


class Identified(NamedTuple):
    """A record and one of its identities; None where records of its kind have none."""

    record: Record
    identity: str | None


_IN_FORCE = ("event_version", "life", "in_force_submission", "in_force_at", "in_force_region")
_HOLDER = RowMapper(Holder, {"record_id": "uuid", "name": "text", "maintained": "boolean", "archived": "boolean"})
_VERSIONED = RowMapper(Versioned, {"record_id": "uuid", "event_version": "bigint", "region": "text"})
_PROVIDER = RowMapper(Provider, {"record_id": "uuid", "name": "text", "numbers": "jsonb", "life": enum(Life)})
_IDENTIFIED: Columns[Identified] = Columns({"record": Part(RECORD), "identity": "text"}).only(
    "record_id", *_IN_FORCE, "identity"
)

_NEW = RECORD.only(
    *("record_id", "provider_id", "code_holder_id", "version", "event_version", "life", "name", "region"),
    *("numbers", "added_by"),
    *FILING.written,
)
_ADD = f"""
WITH taken AS (
    INSERT INTO KIND_identity (record_id, identity) SELECT $1, unnest({_NEW.parameter(1)}::text[]) ORDER BY 2
    ON CONFLICT DO NOTHING RETURNING record_id
), claimed AS (
    SELECT $1::uuid AS record_id FROM taken HAVING count(*) = cardinality({_NEW.parameter(1)}::text[])
), added AS (
    INSERT INTO KIND ({_NEW.columns}, added_at) SELECT {_NEW.parameters}, {_NEW.parameter(2)} FROM claimed
    RETURNING record_id
), copied AS (
    INSERT INTO KIND_copy (record_id, {COPY.columns})
    SELECT record_id, {_NEW.parameter(3)}, {_NEW.parameter(4)} FROM claimed
), found AS (
    INSERT INTO KIND_search (record_id, searched, grams)
    SELECT record_id, {_NEW.parameter(5)}, {_NEW.parameter(6)} FROM claimed
)
SELECT record_id FROM added
"""
_CLAIM = """
INSERT INTO KIND_identity (identity, record_id) VALUES ($1, $2)
ON CONFLICT (identity) DO UPDATE SET identity = excluded.identity
WHERE KIND_identity.record_id = excluded.record_id
RETURNING true
"""
# What was in force stays the record's for ever, so that nobody takes its name, and with it its code.
_RELEASE = "DELETE FROM KIND_identity WHERE record_id = $1 AND NOT in_force AND identity <> ALL($2::text[])"
_HOLDER_OF = """
SELECT one.record_id, one.name,
       EXISTS (SELECT FROM maintainer WHERE maintainer.provider_id = one.provider_id) AS maintained,
       one.life = 'archived' AS archived
FROM KIND_identity AS known JOIN KIND AS one USING (record_id)
WHERE known.identity = ANY($1::text[]) AND record_id <> $2 ORDER BY record_id LIMIT 1
"""
_EDITED = RECORD.only(
    *("record_id", "version", "code_holder_id", "name", "numbers", "region", "event_version"), *FILING.written
)
_SAVE_COPY = f"""
WITH copied AS (
    UPDATE KIND_copy SET values = {_EDITED.parameter(1)}, attachments = {_EDITED.parameter(2)} WHERE record_id = $1
)
UPDATE KIND SET {_EDITED.parameter_assignments} WHERE record_id = $1
"""
_FILED = RECORD.only("record_id", "version", "event_version", *FILING.written)
_SAVE_FILING = f"UPDATE KIND SET {_FILED.parameter_assignments} WHERE record_id = $1"
_SAVE_SNAPSHOTS = f"""
WITH new AS (
    SELECT * FROM {_FILED.rows}
), kept AS (
    INSERT INTO KIND_snapshot (record_id, submission, form_edition, submitted_at, {COPY.columns})
    SELECT record_id, new.submission, {_FILED.parameter(1)}, new.since, {COPY.columns}
    FROM new JOIN KIND_copy AS copy USING (record_id)
)
UPDATE KIND AS one SET {_FILED.assignments("new")} FROM new WHERE one.record_id = new.record_id
"""
_FOLLOWED = RECORD.only("record_id", "version", "state", "decided", "case_version", "level", "unit_name", "since")
_SAVE_FILINGS = f"""
UPDATE KIND AS one SET {_FOLLOWED.assignments("new")} FROM {_FOLLOWED.rows} WHERE one.record_id = new.record_id
"""
_SAVE_APPROVED = f"""
WITH new AS (
    SELECT * FROM {_IDENTIFIED.rows}
), kept AS (
    UPDATE KIND_identity AS known SET in_force = true FROM new
    WHERE known.identity = new.identity AND known.record_id = new.record_id
)
UPDATE KIND AS one SET {_IDENTIFIED.assignments("new", *_IN_FORCE)} FROM new WHERE one.record_id = new.record_id
"""
_SNAPSHOTS = f"""
SELECT snapshot.record_id, {COPY.of("snapshot")}
FROM unnest($1::uuid[], $2::integer[]) AS wanted (record_id, submission)
JOIN KIND_snapshot AS snapshot USING (record_id, submission)
"""

# Whoever writes several records takes them in the same order.
_LOCKED = """
WITH locked AS (
    SELECT record_id FROM KIND WHERE record_id = ANY($1::uuid[]) ORDER BY record_id FOR UPDATE
)
"""
_LOCK_ALL = f"""
SELECT {RECORD.of("one")} FROM KIND AS one WHERE record_id = ANY($1::uuid[]) ORDER BY record_id FOR UPDATE
"""
_NEXT_EVENT_VERSIONS = f"""{_LOCKED}
UPDATE KIND AS one SET event_version = event_version + 1 FROM locked WHERE one.record_id = locked.record_id
RETURNING {_VERSIONED.of("one")}
"""
_PROVIDERS = f"""
SELECT {_PROVIDER.columns} FROM KIND WHERE record_id = ANY($1::uuid[]) ORDER BY record_id
"""


async def add(
    tx: Transaction, kind: str, record: Record, copy: Copy, identities: Sequence[str], names: Sequence[str]
) -> bool:
    """Writes a new record; false where another one has one of its identities, even one written this very instant.

    A false answer ends the transaction: some of the identities may be claimed.
    """
    added = await tx.fetchval(
        of_kind(_ADD, kind),
        *_NEW.values(record),
        identities,
        tx.now,
        *COPY.values(copy),
        *searched(names, record.numbers, record.region),
    )
    return added is not None


async def holder_of(rows: Rows, kind: str, identities: Sequence[str], record_id: UUID) -> Holder:
    """Another record that has one of the identities, which could not all be claimed for this one."""
    return _HOLDER.from_row(await rows.fetchrow(of_kind(_HOLDER_OF, kind), identities, record_id))


async def claim(tx: Transaction, kind: str, record_id: UUID, identity: str) -> bool:
    """Takes an identity for a record; false where another record has it."""
    return bool(await tx.fetchval(of_kind(_CLAIM, kind), identity, record_id))


async def release_claims(tx: Transaction, kind: str, record_id: UUID, identities: Sequence[str]) -> None:
    """Gives up the identities of a record that were never in force, but this one."""
    await tx.execute(of_kind(_RELEASE, kind), record_id, identities)


async def save_copy(tx: Transaction, kind: str, record: Record, copy: Copy) -> None:
    """Writes the working copy, and what lists show of it."""
    await tx.execute(of_kind(_SAVE_COPY, kind), *_EDITED.values(record), *COPY.values(copy))


async def save_filing(tx: Transaction, kind: str, record: Record) -> None:
    """Writes where the submission stands."""
    await tx.execute(of_kind(_SAVE_FILING, kind), *_FILED.values(record))


async def save_snapshots(tx: Transaction, kind: str, records: Sequence[Record], form_edition: str) -> None:
    """Keeps the working copies as what was submitted, and writes where the submissions stand."""
    await tx.execute(of_kind(_SAVE_SNAPSHOTS, kind), *_FILED.arrays(records), form_edition)


async def save_filings(tx: Transaction, kind: str, records: Sequence[Record]) -> None:
    """Writes where the submissions of several records stand."""
    await tx.execute(of_kind(_SAVE_FILINGS, kind), *_FOLLOWED.arrays(records))


async def save_approved(
    tx: Transaction, kind: str, records: Sequence[Record], identities: Sequence[Sequence[str]]
) -> None:
    """Writes which submissions are in force; their identities are these records' from now on."""
    identified = [
        Identified(record, identity)
        for record, several in zip(records, identities, strict=True)
        for identity in several or (None,)
    ]
    await tx.execute(of_kind(_SAVE_APPROVED, kind), *_IDENTIFIED.arrays(identified))


async def snapshots(rows: Rows, kind: str, records: Sequence[Record]) -> dict[UUID, Copy]:
    """What each of these records has submitted last."""
    wanted = [one.record_id for one in records], [one.filing.submission for one in records]
    found = await rows.fetch(of_kind(_SNAPSHOTS, kind), *wanted)
    return {row["record_id"]: COPY.from_row(row) for row in found}


async def lock_all(tx: Transaction, kind: str, record_ids: Sequence[UUID]) -> list[Record]:
    """These records, locked, as far as there are such."""
    return [RECORD.from_row(row) for row in await tx.fetch(of_kind(_LOCK_ALL, kind), record_ids)]


async def next_event_versions(tx: Transaction, kind: str, record_ids: Sequence[UUID]) -> list[Versioned]:
    """Locks these records and counts one more event about each, for whoever is going to record it."""
    return [_VERSIONED.from_row(row) for row in await tx.fetch(of_kind(_NEXT_EVENT_VERSIONS, kind), record_ids)]


async def providers(rows: Rows, kind: str, record_ids: Sequence[UUID]) -> list[Provider]:
    """Name and numbers of these records, as far as there are such."""
    return [_PROVIDER.from_row(row) for row in await rows.fetch(of_kind(_PROVIDERS, kind), record_ids)]
