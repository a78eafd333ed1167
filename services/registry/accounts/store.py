"""Every SQL statement about accounts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from services.registry.accounts.rules import Account, username_key
from services.registry.accounts.sealing import Proofs, SealedPerson
from services.registry.filing_columns import FILING
from shared.contracts.registry.events import Attachment
from shared.postgres.columns import Column, Columns
from shared.postgres.row_mapper import Part, RowMapper, enum, models
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Role

_ACCOUNT = RowMapper(
    Account,
    {
        "account_id": "uuid",
        "version": "bigint",
        "username": "text",
        "username_key": Column("text", lambda one: username_key(one.username)),
        "role": enum(Role),
        "name": "text",
        "region": "text",
        "unit_id": "uuid",
        "id_number_masked": "text",
        "phone_masked": "text",
        "filing": Part(FILING),
        "attachments": models(Attachment),
        "epoch": "bigint",
        "closed": "boolean",
        "one_time_until": "timestamptz",
    },
    key=["account_id"],
)


class Identified(NamedTuple):
    """An account and its secrets: the sealed numbers of a person, and the hash of the password."""

    account: Account
    person: SealedPerson | None
    password_hash: str = ""


def _of_person(path: str) -> Callable[[Identified], Any]:
    """Returns the function that gives a value of the person, or NULL for a unit's account."""
    get = attrgetter(path)
    return lambda one: None if one.person is None else get(one.person)


_IDENTIFIED: Columns[Identified] = Columns(
    {
        "account": Part(_ACCOUNT),
        "password_hash": "text",
        "id_number": Column("bytea", _of_person("id_number.encrypted")),
        "id_number_index": Column("bytea", _of_person("id_number.index")),
        "phone": Column("bytea", _of_person("phone.encrypted")),
        "phone_index": Column("bytea", _of_person("phone.index")),
    },
    key=["account_id"],
)
_INSERT = f"""
INSERT INTO account ({_IDENTIFIED.columns}, registered_at)
VALUES ({_IDENTIFIED.parameters}, {_IDENTIFIED.parameter(1)})
ON CONFLICT (username_key) DO NOTHING RETURNING true
"""
_INSERT_QUESTIONS = """
INSERT INTO security_question (account_id, number, question, answer_hash)
SELECT $1, number, question, answer_hash
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS asked (question, answer_hash, number)
"""
_FIND = f"SELECT {_ACCOUNT.columns} FROM account WHERE account_id = $1"
_LOCK = f"{_FIND} FOR UPDATE"
_FILED = _ACCOUNT.only("account_id", "version", "attachments", *FILING.written)
_SAVE = f"UPDATE account SET {_FILED.parameter_assignments} WHERE account_id = $1"
_PERSON = _IDENTIFIED.only(
    *("account_id", "version", "region", "name", "id_number", "id_number_index", "id_number_masked"),
    *("phone", "phone_index", "phone_masked"),
)
_SAVE_PERSON = f"UPDATE account SET {_PERSON.parameter_assignments} WHERE account_id = $1"
_NUMBERS = "SELECT id_number, phone FROM account WHERE account_id = $1"
_CREDENTIALS_OF = """
SELECT account_id, name, role, region, unit_id, password_hash, epoch, closed, one_time_until,
       state = 'approved' AS reviewed
FROM account WHERE username_key = $1
"""
_HASH = "SELECT password_hash FROM account WHERE account_id = $1"
_PASSWORD = _IDENTIFIED.only("account_id", "version", "epoch", "one_time_until", "password_hash")
_SAVE_PASSWORD = f"UPDATE account SET {_PASSWORD.parameter_assignments} WHERE account_id = $1"
_EPOCH = _ACCOUNT.only("account_id", "version", "epoch")
_SAVE_EPOCH = f"UPDATE account SET {_EPOCH.parameter_assignments} WHERE account_id = $1"
_USERNAME_TAKEN = "SELECT true FROM account WHERE username_key = $1"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whose username it is, and the hash of their password."""

    account_id: UUID
    name: str
    role: Role
    region: str
    unit_id: UUID | None
    password_hash: str
    epoch: int
    closed: bool
    reviewed: bool
    one_time_until: datetime | None


_CREDENTIALS = RowMapper(
    Credentials,
    {
        "account_id": "uuid",
        "name": "text",
        "role": enum(Role),
        "region": "text",
        "unit_id": "uuid",
        "password_hash": "text",
        "epoch": "bigint",
        "closed": "boolean",
        "reviewed": "boolean",
        "one_time_until": "timestamptz",
    },
)


async def insert(tx: Transaction, account: Account, proofs: Proofs, person: SealedPerson | None = None) -> bool:
    """Writes a new account; False where the username is taken, also by one written in the same instant."""
    identified = Identified(account, person, proofs.password_hash)
    written = await tx.fetchval(_INSERT, *_IDENTIFIED.values(identified), tx.now)
    if written and proofs.questions:
        questions, answers = zip(*proofs.questions, strict=True)
        await tx.execute(_INSERT_QUESTIONS, account.account_id, questions, answers)
    return bool(written)


async def find(rows: Rows, account_id: UUID) -> Account | None:
    """An account, or None."""
    row = await rows.fetchrow(_FIND, account_id)
    return None if row is None else _ACCOUNT.from_row(row)


async def lock(tx: Transaction, account_id: UUID) -> Account | None:
    """An account that nobody else changes until this transaction ends, or None."""
    row = await tx.fetchrow(_LOCK, account_id)
    return None if row is None else _ACCOUNT.from_row(row)


async def save(tx: Transaction, account: Account) -> None:
    """Writes where the account's review stands, and the papers it was filed with."""
    await tx.execute(_SAVE, *_FILED.values(account))


async def save_person(tx: Transaction, account: Account, person: SealedPerson) -> None:
    """Writes the person that the account is of, and its region."""
    await tx.execute(_SAVE_PERSON, *_PERSON.values(Identified(account, person)))


async def numbers(rows: Rows, account_id: UUID) -> tuple[bytes, bytes] | None:
    """The encrypted ID number and phone of a person's account, or None."""
    row = await rows.fetchrow(_NUMBERS, account_id)
    return None if row is None or row["id_number"] is None else (row["id_number"], row["phone"])


async def credentials(rows: Rows, username: str) -> Credentials | None:
    """What a username's bearer is checked against, or None."""
    row = await rows.fetchrow(_CREDENTIALS_OF, username_key(username))
    return None if row is None else _CREDENTIALS.from_row(row)


async def password_hash(rows: Rows, account_id: UUID) -> str | None:
    """The hash of an account's password."""
    stored: str | None = await rows.fetchval(_HASH, account_id)
    return stored


async def save_password(tx: Transaction, account: Account, hashed: str) -> None:
    """Writes the hash of another password, its end if it is a one-time password, and the epoch that begins."""
    await tx.execute(_SAVE_PASSWORD, *_PASSWORD.values(Identified(account, None, hashed)))


async def save_epoch(tx: Transaction, account: Account) -> None:
    """Writes the epoch that begins; sessions of an older one are over."""
    await tx.execute(_SAVE_EPOCH, *_EPOCH.values(account))


async def username_taken(rows: Rows, username: str) -> bool:
    """Whether somebody has this username."""
    return bool(await rows.fetchval(_USERNAME_TAKEN, username_key(username)))
