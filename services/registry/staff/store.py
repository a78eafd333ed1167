"""Every SQL statement about staff, but for those that every record has.

A practitioner is a person of a kind of staff and bears a code; a person is known by the keyed hashes of their ID
numbers. Several records, one at each provider, are about one practitioner.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from services.registry.maintainers.rules import PROVIDER_KIND_OF
from services.registry.records.rules import Life
from services.registry.records.store.rows import JOIN_ARCHIVE, LIFE, of_kind
from services.registry.records.subject import Subject
from shared.contracts.registry.events import Scope
from shared.ids import new_id
from shared.postgres.row_mapper import RowMapper, enum
from shared.postgres.transaction import Rows, Transaction
from shared.search.index import contains
from shared.search.text import terms_of
from shared.security.caller import Caller, Role


class Place(NamedTuple):
    """A provider's name, life and region, and whether the caller holds the scope of its staff."""

    name: str
    life: Life
    region: str
    holds_scope: bool


_PLACE = RowMapper(Place, {"name": "text", "life": enum(Life), "region": "text", "holds_scope": "boolean"})
# Shared, so that many are added at once, and none while the provider is archived or moves to another region.
# The caller's scopes are shared as in a change of a record: whoever hands them over waits (ACC-10).
_SHARE_PROVIDER = """
WITH held AS MATERIALIZED (
    SELECT scope FROM maintainer WHERE provider_id = $1 AND account_id = $2 FOR KEY SHARE
)
SELECT one.name, one.life, coalesce(one.in_force_region, one.region) AS region,
       EXISTS (SELECT FROM held WHERE scope = $3) AS holds_scope
FROM KIND AS one
WHERE record_id = $1 AND EXISTS (SELECT FROM held)
FOR SHARE OF one
"""
_PRACTITIONER = """
WITH person AS (
    INSERT INTO person_identity (identity, person_id) VALUES ($2, $3)
    ON CONFLICT (identity) DO UPDATE SET identity = excluded.identity RETURNING person_id
)
INSERT INTO practitioner (practitioner_id, kind, person_id) SELECT $4, $1, person_id FROM person
ON CONFLICT (person_id, kind) DO UPDATE SET kind = excluded.kind RETURNING practitioner_id
"""
_CLAIM_PERSON = """
INSERT INTO person_identity AS known (identity, person_id)
SELECT $2, person_id FROM practitioner WHERE practitioner_id = $1
ON CONFLICT (identity) DO UPDATE SET identity = excluded.identity WHERE known.person_id = excluded.person_id
RETURNING true
"""
_NEXT_VERSIONS = """
WITH locked AS (
    SELECT practitioner_id FROM practitioner WHERE practitioner_id = ANY($1::uuid[])
    ORDER BY practitioner_id FOR UPDATE
)
UPDATE practitioner AS one SET event_version = event_version + 1 FROM locked
WHERE one.practitioner_id = locked.practitioner_id
RETURNING one.practitioner_id, one.event_version
"""
_SHOW_CODES = """
UPDATE KIND AS one
SET code = known.code, code_state = known.code_state, code_refusal = known.code_refusal,
    code_version = known.code_version
FROM (
    SELECT DISTINCT ON (other.code_holder_id) other.*
    FROM KIND AS own JOIN KIND AS other USING (code_holder_id)
    WHERE own.record_id = ANY($1::uuid[]) AND other.life <> 'draft'
    ORDER BY other.code_holder_id, other.code_version DESC
) AS known
WHERE one.record_id = ANY($1::uuid[]) AND one.code_holder_id = known.code_holder_id
  AND one.code IS NULL AND one.code_version < known.code_version
"""
_PRACTICES = """
SELECT one.record_id, practitioner.kind, practitioner.practitioner_id, one.provider_id,
       provider.name AS provider_name, one.name, one.region, {life}, one.state, one.code,
       coalesce(in_force.values, copy.values) ->> 'staff_state' AS staff_state
FROM practitioner AS asked
JOIN practitioner USING (person_id)
JOIN {kind} AS one ON one.code_holder_id = practitioner.practitioner_id
JOIN {provider} AS provider ON provider.record_id = one.provider_id
{archive}
JOIN {kind}_copy AS copy ON copy.record_id = one.record_id
LEFT JOIN {kind}_snapshot AS in_force
    ON in_force.record_id = one.record_id AND in_force.submission = one.in_force_submission
WHERE asked.practitioner_id = $1
"""
# A kind of staff is called as the scope that opens it.
_ALL_PRACTICES = " UNION ALL ".join(
    _PRACTICES.format(kind=kind.value, provider=PROVIDER_KIND_OF[kind], life=LIFE, archive=JOIN_ARCHIVE)
    for kind in (Scope.PHYSICIAN, Scope.NURSE, Scope.PHARMACIST)
)
_PERSON = f"""
WITH practice AS ({_ALL_PRACTICES})
SELECT * FROM practice
WHERE EXISTS (
    SELECT FROM practice AS seen
    WHERE seen.region BETWEEN $3 AND $4
       OR EXISTS (SELECT FROM maintainer AS held WHERE held.provider_id = seen.provider_id
                  AND held.account_id = $2 AND held.scope = seen.kind)
)
ORDER BY life = 'draft', record_id
"""
_LIST = """
SELECT one.record_id, one.provider_id, provider.name AS provider_name, one.name, one.numbers, one.region, {life},
       one.state, one.level, one.unit_name, one.since, one.code, one.code_state,
       one.code_holder_id AS practitioner_id
FROM KIND AS one JOIN PROVIDER AS provider ON provider.record_id = one.provider_id {archive}
WHERE {conditions} ORDER BY one.record_id LIMIT {limit}
"""
_OF_CALLER = """
one.provider_id IN (
    SELECT held.provider_id FROM maintainer AS held WHERE held.account_id = {account} AND held.scope = {scope}
)
"""
_WITH_ID = """
one.code_holder_id IN (
    SELECT practitioner_id FROM practitioner JOIN person_identity USING (person_id) WHERE identity = {identity}
)
"""
_WITH_TEXT = """
EXISTS (SELECT FROM KIND_search AS text WHERE text.record_id = one.record_id AND {contains})
"""


@dataclass(frozen=True, slots=True)
class StaffQuery:
    """The filter of a list of staff; `identity` is the keyed hash of an ID number that was searched for."""

    provider_id: UUID | None
    state: str | None
    text: str
    identity: bytes | None
    after: UUID | None
    limit: int


async def share_provider(
    tx: Transaction, provider_kind: str, provider_id: UUID, caller: Caller, scope: Scope
) -> Place | None:
    """The provider, unchanged until the transaction ends; None where the caller maintains nothing of it."""
    row = await tx.fetchrow(of_kind(_SHARE_PROVIDER, provider_kind), provider_id, caller.account_id, scope)
    return None if row is None else _PLACE.from_row(row)


async def practitioner(tx: Transaction, kind: str, identity: bytes) -> UUID:
    """The practitioner of a kind whom an ID number names, known or new, even one added this very instant."""
    found: UUID = await tx.fetchval(_PRACTITIONER, kind, identity, new_id(), new_id())
    return found


async def claim_person(tx: Transaction, practitioner_id: UUID, identity: bytes) -> bool:
    """Takes an ID number for the person of a practitioner; false where another person has it."""
    return bool(await tx.fetchval(_CLAIM_PERSON, practitioner_id, identity))


async def next_versions(tx: Transaction, practitioner_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Locks practitioners and counts one more event about each, for whoever is going to record it."""
    return {
        row["practitioner_id"]: row["event_version"] for row in await tx.fetch(_NEXT_VERSIONS, practitioner_ids)
    }


async def show_codes(tx: Transaction, kind: str, record_ids: Sequence[UUID]) -> None:
    """Shows at newly approved records what coding has decided about their practitioners before."""
    await tx.execute(of_kind(_SHOW_CODES, kind), record_ids)


async def practices(rows: Rows, practitioner_id: UUID, caller: Caller) -> list[Any]:
    """All practices of the person, if the caller maintains one of them or has one in the region of their unit."""
    low, high = ("", "") if caller.role is Role.MAINTAINER else caller.span
    return await rows.fetch(_PERSON, practitioner_id, caller.account_id, low, high)


async def page(rows: Rows, subject: Subject, provider_kind: str, caller: Caller, query: StaffQuery) -> list[Any]:
    """The staff that the caller maintains, or those of a unit's region."""
    statement, parameters = list_statement(subject, provider_kind, caller, query)
    return await rows.fetch(statement, *parameters)


def list_statement(
    subject: Subject, provider_kind: str, caller: Caller, query: StaffQuery
) -> tuple[str, list[Any]]:
    """Builds the statement for the given filters only, so that each uses its own index."""
    parameters: list[Any] = []

    def given(value: Any) -> str:
        parameters.append(value)
        return f"${len(parameters)}"

    conditions = []
    if caller.role is Role.MAINTAINER:
        conditions.append(_OF_CALLER.format(account=given(caller.account_id), scope=given(subject.scope)))
    else:
        low, high = caller.span
        conditions.append(f"one.region BETWEEN {given(low)} AND {given(high)}")
    if query.provider_id is not None:
        conditions.append(f"one.provider_id = {given(query.provider_id)}")
    if query.state is not None:
        conditions.append(f"one.state = {given(query.state)}")
    if query.identity is not None:
        conditions.append(_WITH_ID.format(identity=given(query.identity)))
    elif terms := terms_of(query.text):
        conditions.append(_WITH_TEXT.format(contains=contains(given(terms), "text.")))
    if query.after is not None:
        conditions.append(f"one.record_id > {given(query.after)}")
    statement = _LIST.format(
        life=LIFE, archive=JOIN_ARCHIVE, conditions=" AND ".join(conditions), limit=given(query.limit)
    )
    return of_kind(statement, subject.kind).replace("PROVIDER", provider_kind), parameters
