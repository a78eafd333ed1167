"""The SQL of forgotten passwords: what proves an owner, and which accounts a unit finds."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from services.registry.accounts.rules import username_key
from services.registry.password_resets.rules import ListedAccount, ResettableAccount, Words
from shared.postgres.transaction import Rows

_COLUMNS = ", ".join(field.name for field in fields(ListedAccount))
_QUESTIONS = """
SELECT question FROM security_question JOIN account USING (account_id) WHERE username_key = $1 ORDER BY number
"""
_RESETTABLE = """
SELECT account_id, password_hash, one_time_until, closed, ARRAY(
    SELECT answer_hash FROM security_question AS asked WHERE asked.account_id = account.account_id ORDER BY number
) AS answer_hashes
FROM account WHERE username_key = $1
"""
_LIST = f"""
SELECT {_COLUMNS} FROM account
WHERE region BETWEEN $1 AND $2 AND (region, account_id) > ($3, $4) ORDER BY region, account_id LIMIT $5
"""
# Each of the alternatives has an index.
_FIND = f"""
SELECT {_COLUMNS} FROM account
WHERE (username_key = $6 OR name = $7 OR id_number_index = $8 OR phone_index = $8)
  AND region BETWEEN $1 AND $2 AND (region, account_id) > ($3, $4) ORDER BY region, account_id LIMIT $5
"""

Start = tuple[str, UUID]


async def questions(rows: Rows, username: str) -> list[str]:
    """The security questions of a username, in their order."""
    return [row["question"] for row in await rows.fetch(_QUESTIONS, username_key(username))]


async def resettable(rows: Rows, username: str) -> ResettableAccount | None:
    """The account of a username with what proves its owner, or None."""
    row = await rows.fetchrow(_RESETTABLE, username_key(username))
    if row is None:
        return None
    return ResettableAccount(**{**row, "answer_hashes": tuple(row["answer_hashes"])})


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
    return [ListedAccount(**row) for row in rows]
