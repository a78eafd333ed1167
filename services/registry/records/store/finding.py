"""The SQL that finds records: by a person's words, and those that an account works on."""

from typing import Any
from uuid import UUID

from services.registry.records.searching import Query
from services.registry.records.store.rows import of_kind
from services.registry.records.subject import Subject
from shared.postgres.transaction import Rows
from shared.security.caller import Caller, Role

_EVERYWHERE = ("000000", "999999")

_FOUND = """
SELECT record_id, one.name, one.numbers, one.region,
       EXISTS (SELECT FROM maintainer AS held
               WHERE held.provider_id = one.provider_id AND held.scope = $7) AS maintained,
       EXISTS (SELECT FROM maintainer AS held
               WHERE held.provider_id = one.provider_id AND held.account_id = $6) AS mine
"""
_WITHIN = "region BETWEEN $3 AND $4 AND ($5::uuid IS NULL OR record_id > $5)"
# Letters that the grams have in common but scatter do not pass: the terms decide.
_MATCHES = """
grams @> $1::text[] AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS term WHERE position(term IN searched) = 0)
"""

# What many names have fills a page after a short walk; what few have is fetched by the index of grams. Left to
# itself, the planner walks the whole table for grams that are each frequent and never together.
_WALKED = 2000
_WALK = f"""
WITH near AS MATERIALIZED (SELECT * FROM KIND_search WHERE {_WITHIN} ORDER BY record_id LIMIT {_WALKED}),
     matching AS MATERIALIZED (SELECT record_id FROM near WHERE {_MATCHES} ORDER BY record_id LIMIT $8)
{_FOUND} FROM matching JOIN KIND AS one USING (record_id) ORDER BY record_id
"""
_FETCH = f"""
WITH all_of_them AS MATERIALIZED (SELECT record_id FROM KIND_search WHERE {_MATCHES} AND {_WITHIN}),
     matching AS MATERIALIZED (SELECT record_id FROM all_of_them ORDER BY record_id LIMIT $8)
{_FOUND} FROM matching JOIN KIND AS one USING (record_id) ORDER BY record_id
"""

_MINE = """
SELECT record_id, name, numbers, region, life, state, level, unit_name, since, code, code_state,
       ARRAY(SELECT scope FROM maintainer
             WHERE maintainer.provider_id = one.provider_id AND account_id = $1 ORDER BY scope) AS scopes
FROM KIND AS one
WHERE record_id IN (
    SELECT record_id FROM maintainer JOIN KIND AS held USING (provider_id) WHERE account_id = $1
    UNION ALL
    SELECT record_id FROM KIND AS added WHERE added_by = $1
      AND NOT EXISTS (SELECT FROM maintainer WHERE maintainer.provider_id = added.provider_id)
) AND ($2::uuid IS NULL OR record_id > $2)
ORDER BY record_id LIMIT $3
"""


async def search(
    rows: Rows, subject: Subject, caller: Caller, query: Query, after: UUID | None, limit: int
) -> list[Any]:
    """Records with all the terms of a query; maintainers search everywhere, units within their region."""
    low, high = _EVERYWHERE if caller.role is Role.MAINTAINER else caller.span
    parameters = (query.grams, query.terms, low, high, after, caller.account_id, subject.scope, limit)
    found = await rows.fetch(of_kind(_WALK, subject.kind), *parameters)
    return found if len(found) == limit else await rows.fetch(of_kind(_FETCH, subject.kind), *parameters)


async def mine(rows: Rows, subject: Subject, account_id: UUID, after: UUID | None, limit: int) -> list[Any]:
    """The records that an account maintains, or added while nobody maintains them."""
    return await rows.fetch(of_kind(_MINE, subject.kind), account_id, after, limit)
