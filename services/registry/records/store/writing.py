"""The SQL that writes records: added, claimed, edited, submitted, followed, coded."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from services.registry.records.rules import Copy, Record
from services.registry.records.store.rows import COLUMNS, of_kind, record_of
from shared.postgres.transaction import Rows, Transaction
from shared.search.text import grams_of, searched_text

_ADD = """
WITH claimed AS (
    INSERT INTO KIND_identity (identity, record_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING record_id
), added AS (
    INSERT INTO KIND (record_id, provider_id, version, event_version, life, name, region, numbers, added_by,
    added_at, state, submission, decided, case_version, level, unit_name, since) SELECT record_id, $3, $4, $5, $6,
    $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18 FROM claimed RETURNING record_id
), copied AS (
    INSERT INTO KIND_copy (record_id, values, attachments) SELECT record_id, $19, $20 FROM claimed
), found AS (
    INSERT INTO KIND_search (record_id, searched, grams) SELECT record_id, $21, $22 FROM claimed
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
_RELEASE = "DELETE FROM KIND_identity WHERE record_id = $1 AND NOT in_force AND identity <> $2"
_HOLDER = """
SELECT one.record_id, one.name,
       EXISTS (SELECT FROM maintainer WHERE maintainer.provider_id = one.provider_id) AS maintained
FROM KIND_identity AS known JOIN KIND AS one USING (record_id) WHERE known.identity = $1
"""
_SAVE_COPY = """
WITH copied AS (UPDATE KIND_copy SET values = $5, attachments = $6 WHERE record_id = $1)
UPDATE KIND SET version = $2, name = $3, numbers = $4, region = $7, event_version = $8,
    state = $9, submission = $10, decided = $11, case_version = $12, level = $13, unit_name = $14, since = $15
WHERE record_id = $1
"""
_SAVE_SEARCH = "UPDATE KIND_search SET searched = $2, grams = $3 WHERE record_id = $1"
_SAVE_FILING = """
UPDATE KIND SET version = $2, event_version = $3, state = $4, submission = $5, decided = $6, case_version = $7,
    level = $8, unit_name = $9, since = $10
WHERE record_id = $1
"""
_SAVE_SNAPSHOT = f"""
WITH kept AS (
    INSERT INTO KIND_snapshot (record_id, submission, form_edition, submitted_at, values, attachments)
    SELECT record_id, $5, $11, $10, values, attachments FROM KIND_copy WHERE record_id = $1
)
{_SAVE_FILING}
"""
_SAVE_FILINGS = """
UPDATE KIND AS one SET version = new.version, state = new.state, decided = new.decided,
    case_version = new.case_version, level = new.level, unit_name = new.unit_name, since = new.since
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::boolean[], $5::bigint[], $6::text[], $7::text[],
            $8::timestamptz[])
     AS new (record_id, version, state, decided, case_version, level, unit_name, since)
WHERE one.record_id = new.record_id
"""
_SAVE_APPROVED = """
WITH new AS (
    SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::integer[], $4::timestamptz[], $5::text[], $6::text[])
        AS one (record_id, event_version, submission, at, region, identity)
), kept AS (
    UPDATE KIND_identity AS known SET in_force = true FROM new
    WHERE known.identity = new.identity AND known.record_id = new.record_id
)
UPDATE KIND AS one SET event_version = new.event_version, life = 'in-force',
    in_force_submission = new.submission, in_force_at = new.at, in_force_region = new.region
FROM new WHERE one.record_id = new.record_id
"""
_SNAPSHOTS = """
SELECT snapshot.record_id, snapshot.values, snapshot.attachments
FROM unnest($1::uuid[], $2::integer[]) AS wanted (record_id, submission)
JOIN KIND_snapshot AS snapshot USING (record_id, submission)
"""

# Whoever writes several records takes them in the same order.
_LOCKED = """
WITH locked AS (
    SELECT record_id FROM KIND WHERE record_id = ANY($1::uuid[]) ORDER BY record_id FOR UPDATE
)
"""
_LOCK_ALL = f"SELECT {COLUMNS} FROM KIND AS one WHERE record_id = ANY($1::uuid[]) ORDER BY record_id FOR UPDATE"
_NEXT_EVENT_VERSIONS = f"""{_LOCKED}
UPDATE KIND AS one SET event_version = event_version + 1 FROM locked WHERE one.record_id = locked.record_id
RETURNING one.record_id, event_version, region
"""
_CODED = f"""{_LOCKED}
UPDATE KIND AS one SET code = new.code, code_state = 'assigned'
FROM locked JOIN unnest($1::uuid[], $2::text[]) AS new (record_id, code) USING (record_id)
WHERE one.record_id = locked.record_id AND one.code IS NULL
"""
_AWAITING = f"""{_LOCKED}
UPDATE KIND AS one SET code_state = 'awaiting-agreement' FROM locked
WHERE one.record_id = locked.record_id AND code_state = 'none'
"""
_PROVIDERS = """
SELECT record_id, name, numbers FROM KIND WHERE record_id = ANY($1::uuid[]) ORDER BY record_id
"""


class Holder(NamedTuple):
    """The record that has an identity, what it is called now, and whether somebody maintains it."""

    record_id: UUID
    name: str
    maintained: bool


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


async def add(tx: Transaction, kind: str, record: Record, copy: Copy, identity: str) -> bool:
    """Writes a new record; false where another one has its identity, even one written this very instant."""
    added = await tx.fetchval(
        of_kind(_ADD, kind),
        identity,
        record.record_id,
        record.provider_id,
        record.version,
        record.event_version,
        record.life,
        record.name,
        record.region,
        record.numbers,
        record.added_by,
        tx.now,
        *record.filing.values,
        copy.values,
        copy.attachments,
        *_search(record),
    )
    return added is not None


async def holder_of(rows: Rows, kind: str, identity: str) -> Holder:
    """The record that has an identity which could not be claimed."""
    return Holder(*await rows.fetchrow(of_kind(_HOLDER, kind), identity))


async def claim(tx: Transaction, kind: str, record_id: UUID, identity: str) -> bool:
    """Takes an identity for a record; false where another record has it."""
    return bool(await tx.fetchval(of_kind(_CLAIM, kind), identity, record_id))


async def release_claims(tx: Transaction, kind: str, record_id: UUID, identity: str) -> None:
    """Gives up the identities of a record that were never in force, but this one."""
    await tx.execute(of_kind(_RELEASE, kind), record_id, identity)


async def save_copy(tx: Transaction, kind: str, record: Record, copy: Copy) -> None:
    """Writes the working copy, and what lists show of it."""
    await tx.execute(
        of_kind(_SAVE_COPY, kind),
        record.record_id,
        record.version,
        record.name,
        record.numbers,
        copy.values,
        copy.attachments,
        record.region,
        record.event_version,
        *record.filing.values,
    )


async def save_search(tx: Transaction, kind: str, record: Record) -> None:
    """Lets a record be found by its new name and numbers; apart, since the search index is dear to write."""
    await tx.execute(of_kind(_SAVE_SEARCH, kind), record.record_id, *_search(record))


async def save_filing(tx: Transaction, kind: str, record: Record) -> None:
    """Writes where the submission stands."""
    await tx.execute(of_kind(_SAVE_FILING, kind), *_filing(record))


async def save_snapshot(tx: Transaction, kind: str, record: Record, form_edition: str) -> None:
    """Keeps the working copy as what was submitted, and writes where the submission stands."""
    await tx.execute(of_kind(_SAVE_SNAPSHOT, kind), *_filing(record), form_edition)


async def save_filings(tx: Transaction, kind: str, records: Sequence[Record]) -> None:
    """Writes where the submissions of several records stand."""
    rows = [
        (
            one.record_id,
            one.version,
            one.filing.state,
            one.filing.decided,
            one.filing.case_version,
            one.filing.level,
            one.filing.unit_name,
            one.filing.since,
        )
        for one in records
    ]
    await tx.execute(of_kind(_SAVE_FILINGS, kind), *zip(*rows, strict=True))


async def save_approved(tx: Transaction, kind: str, records: Sequence[Record], identities: Sequence[str]) -> None:
    """Writes which submissions are in force; their identities are these records' from now on."""
    rows = [
        (one.record_id, one.event_version, one.in_force.submission, one.in_force.at, one.in_force.region, identity)
        for one, identity in zip(records, identities, strict=True)
        if one.in_force is not None
    ]
    await tx.execute(of_kind(_SAVE_APPROVED, kind), *zip(*rows, strict=True))


async def snapshots(rows: Rows, kind: str, records: Sequence[Record]) -> dict[UUID, Copy]:
    """What each of these records has submitted last."""
    wanted = [one.record_id for one in records], [one.filing.submission for one in records]
    found = await rows.fetch(of_kind(_SNAPSHOTS, kind), *wanted)
    return {row["record_id"]: Copy(row["values"], row["attachments"]) for row in found}


async def lock_all(tx: Transaction, kind: str, record_ids: Sequence[UUID]) -> list[Record]:
    """These records, locked, as far as there are such."""
    return [record_of(row) for row in await tx.fetch(of_kind(_LOCK_ALL, kind), record_ids)]


async def next_event_versions(tx: Transaction, kind: str, record_ids: Sequence[UUID]) -> list[Versioned]:
    """Locks these records and counts one more event about each, for whoever is going to record it."""
    return [Versioned(*row) for row in await tx.fetch(of_kind(_NEXT_EVENT_VERSIONS, kind), record_ids)]


async def save_codes(tx: Transaction, kind: str, codes: Sequence[tuple[UUID, str]]) -> None:
    """Writes which record bears which code; a code stays for ever."""
    await tx.execute(of_kind(_CODED, kind), *map(list, zip(*codes, strict=True)))


async def save_awaiting(tx: Transaction, kind: str, record_ids: Sequence[UUID]) -> None:
    """Marks records as waiting for an agreement; one that bears a code by now stays as it is."""
    await tx.execute(of_kind(_AWAITING, kind), record_ids)


async def providers(rows: Rows, kind: str, record_ids: Sequence[UUID]) -> list[Provider]:
    """Name and numbers of these records, as far as there are such."""
    return [Provider(*row) for row in await rows.fetch(of_kind(_PROVIDERS, kind), record_ids)]


def _filing(record: Record) -> tuple[Any, ...]:
    return (record.record_id, record.version, record.event_version, *record.filing.values)


def _search(record: Record) -> tuple[str, list[str]]:
    text = searched_text((record.name, *record.numbers.values()))
    return text, grams_of(text, record.region)
