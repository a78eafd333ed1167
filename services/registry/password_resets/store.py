"""The SQL of forgotten passwords: what proves an owner, and which accounts a unit finds."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.registry.accounts.rules import username_key
from services.registry.password_resets.rules import ListedAccount, ResettableAccount, Words
from shared.postgres.columns import Column
from shared.postgres.row_mapper import RowMapper
from shared.postgres.transaction import Rows

_LISTED = RowMapper(
    ListedAccount,
    {
        "account_id": "uuid",
        "username": "text",
        "role": "text",
        "name": "text",
        "region": "text",
        "unit_id": "uuid",
        "id_number_masked": "text",
        "phone_masked": "text",
        "state": "text",
        "closed": "boolean",
        "one_time_until": "timestamptz",
    },
)
_RESETTABLE = RowMapper(
    ResettableAccount,
    {
        "account_id": "uuid",
        "password_hash": "text",
        "answer_hashes": Column("text[]", decode=tuple),
        "one_time_until": "timestamptz",
        "closed": "boolean",
    },
)
_QUESTIONS = """
SELECT question FROM security_question JOIN account USING (account_id) WHERE username_key = $1 ORDER BY number
"""
_RESETTABLE_OF = """
SELECT account_id, password_hash, one_time_until, closed, ARRAY(
    SELECT answer_hash FROM security_question AS asked WHERE asked.account_id = account.account_id ORDER BY number
) AS answer_hashes
FROM account WHERE username_key = $1
"""
_LIST = f"""
SELECT {_LISTED.columns} FROM account
WHERE region BETWEEN $1 AND $2 AND (region, account_id) > ($3, $4) ORDER BY region, account_id LIMIT $5
"""
# Each of the alternatives has an index.
_FIND = f"""
SELECT {_LISTED.columns} FROM account
WHERE (username_key = $6 OR name = $7 OR id_number_index = $8 OR phone_index = $8)
  AND region BETWEEN $1 AND $2 AND (region, account_id) > ($3, $4) ORDER BY region, account_id LIMIT $5
"""

Start = tuple[str, UUID]


async def questions(rows: Rows, username: str) -> list[str]:
    """The security questions of a username, in their order."""
    return [row["question"] for row in await rows.fetch(_QUESTIONS, username_key(username))]


async def resettable(rows: Rows, username: str) -> ResettableAccount | None:
    """The account of a username with what proves its owner, or None."""
    row = await rows.fetchrow(_RESETTABLE_OF, username_key(username))
    return None if row is None else _RESETTABLE.from_row(row)


async def page(rows: Rows, span: Sequence[str], start: Start, limit: int) -> list[ListedAccount]:
    """Accounts within a span of regions, in the order of their regions."""
    return _listed(await rows.fetch(_LIST, *span, *start, limit))


async def search(
    rows: Rows, span: Sequence[str], start: Start, limit: int, words: Words, number_index: bytes
) -> list[ListedAccount]:
    """Accounts within a span of regions with this very username, name, ID number or phone."""
    found = await rows.fetch(_FIND, *span, *start, limit, words.username_key, words.name, number_index)
    return _listed(found)


def _listed(rows: Sequence[Any]) -> list[ListedAccount]:
    return [_LISTED.from_row(row) for row in rows]
