"""The SQL that finds records: by a person's words, and those that an account works on."""

from typing import Any
from uuid import UUID

from services.registry.records.store.rows import JOIN_ARCHIVE, LIFE, of_kind
from services.registry.records.subject import Subject
from shared.postgres.transaction import Rows
from shared.search.index import SearchIndex
from shared.search.text import query_of
from shared.security.caller import Caller, Role

_FOUND = f"""
SELECT record_id, one.name, one.numbers, one.region,
       EXISTS (SELECT FROM maintainer AS held
               WHERE held.provider_id = one.provider_id AND held.scope = $3) AS maintained,
       EXISTS (SELECT FROM maintainer AS held
               WHERE held.provider_id = one.provider_id AND held.account_id = $2) AS mine,
       archived.provider_id IS NOT NULL AS archived
FROM KIND AS one {JOIN_ARCHIVE} WHERE record_id = ANY($1::uuid[]) ORDER BY record_id
"""

_MINE = f"""
SELECT record_id, name, numbers, region, {LIFE}, state, level, one.unit_name, since, code, code_state,
       ARRAY(SELECT scope FROM maintainer
             WHERE maintainer.provider_id = one.provider_id AND account_id = $1 ORDER BY scope) AS scopes
FROM KIND AS one {JOIN_ARCHIVE}
WHERE record_id IN (
    SELECT record_id FROM maintainer JOIN KIND AS held USING (provider_id) WHERE account_id = $1
    UNION ALL
    SELECT record_id FROM KIND AS added WHERE added_by = $1
      AND NOT EXISTS (SELECT FROM maintainer WHERE maintainer.provider_id = added.provider_id)
) AND ($2::uuid IS NULL OR record_id > $2)
ORDER BY record_id LIMIT $3
"""


async def search(
    rows: Rows, subject: Subject, caller: Caller, words: str, after: UUID | None, limit: int
) -> list[Any]:
    """Records with all the words; maintainers search everywhere, units within their region."""
    query = query_of(words, None if caller.role is Role.MAINTAINER else caller.region)
    found = await SearchIndex(f"{subject.kind}_search", "record_id").find(rows, query, after, limit)
    return await rows.fetch(of_kind(_FOUND, subject.kind), found, caller.account_id, subject.scope)


async def mine(rows: Rows, subject: Subject, account_id: UUID, after: UUID | None, limit: int) -> list[Any]:
    """The records that an account maintains, or added while nobody maintains them."""
    return await rows.fetch(of_kind(_MINE, subject.kind), account_id, after, limit)
