"""The SQL that finds institutions: by a person's words, and those that an account works on."""

from typing import Any
from uuid import UUID

from services.registry.institutions.rules import Query
from shared.contracts.registry.events import Scope
from shared.postgres.transaction import Rows
from shared.security.caller import Caller, Role

_EVERYWHERE = ("000000", "999999")

_FOUND = """
SELECT institution_id, name, uscc, licence_number, region,
       EXISTS (SELECT FROM maintainer AS held
               WHERE held.institution_id = one.institution_id AND held.scope = $7) AS maintained,
       EXISTS (SELECT FROM maintainer AS held
               WHERE held.institution_id = one.institution_id AND held.account_id = $6) AS mine
"""
_WITHIN = "region BETWEEN $3 AND $4 AND ($5::uuid IS NULL OR institution_id > $5)"
# Letters that the grams have in common but scatter do not pass: the terms decide.
_MATCHES = """
grams @> $1::text[] AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS term WHERE position(term IN searched) = 0)
"""

# What many names have fills a page after a short walk; what few have is fetched by the index of grams. Left to
# itself, the planner walks the whole table for grams that are each frequent and never together.
_WALKED = 2000
_WALK = f"""{_FOUND}
FROM (SELECT * FROM institution WHERE {_WITHIN} ORDER BY institution_id LIMIT {_WALKED}) AS one
WHERE {_MATCHES} ORDER BY institution_id LIMIT $8
"""
_FETCH = f"""
WITH matching AS MATERIALIZED (SELECT * FROM institution WHERE {_MATCHES} AND {_WITHIN}),
     one AS MATERIALIZED (SELECT * FROM matching ORDER BY institution_id LIMIT $8)
{_FOUND} FROM one ORDER BY institution_id
"""

_MINE = """
SELECT institution_id, name, uscc, licence_number, region, state, level, unit_name, since, code, code_state,
       ARRAY(SELECT scope FROM maintainer
             WHERE maintainer.institution_id = one.institution_id AND account_id = $1 ORDER BY scope) AS scopes
FROM institution AS one
WHERE institution_id IN (
    SELECT institution_id FROM maintainer WHERE account_id = $1
    UNION ALL
    SELECT institution_id FROM institution AS added WHERE added_by = $1
      AND NOT EXISTS (SELECT FROM maintainer WHERE maintainer.institution_id = added.institution_id)
) AND ($2::uuid IS NULL OR institution_id > $2)
ORDER BY institution_id LIMIT $3
"""


async def search(rows: Rows, caller: Caller, wanted: Query, after: UUID | None, limit: int) -> list[Any]:
    """Institutions with all the wanted terms; maintainers search everywhere, units within their region."""
    low, high = _EVERYWHERE if caller.role is Role.MAINTAINER else caller.span
    asked = (wanted.grams, wanted.terms, low, high, after, caller.account_id, Scope.INSTITUTION, limit)
    found = await rows.fetch(_WALK, *asked)
    return found if len(found) == limit else await rows.fetch(_FETCH, *asked)


async def mine(rows: Rows, account_id: UUID, after: UUID | None, limit: int) -> list[Any]:
    """The institutions that an account maintains, or added while nobody maintains them."""
    return await rows.fetch(_MINE, account_id, after, limit)
