"""Every SQL statement about accounts."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.registry.accounts.rules import Account, username_key
from services.registry.accounts.sealing import Proofs, Sealed, SealedPerson
from services.registry.filings import COLUMNS as FILING
from services.registry.filings import Filing
from shared.contracts.registry.events import Attachment
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Role

_COLUMNS = f"""
account_id, version, username, role, name, region, unit_id, id_number_masked, phone_masked, attachments, epoch,
closed, one_time_until, {FILING}
"""
_INSERT = f"""
INSERT INTO account (account_id, version, username, username_key, password_hash, role, name, region, unit_id,
                     id_number, id_number_index, id_number_masked, phone, phone_index, phone_masked,
                     registered_at, {FILING})
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
ON CONFLICT (username_key) DO NOTHING RETURNING true
"""
_INSERT_QUESTIONS = """
INSERT INTO security_question (account_id, number, question, answer_hash)
SELECT $1, number, question, answer_hash
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS asked (question, answer_hash, number)
"""
_FIND = f"SELECT {_COLUMNS} FROM account WHERE account_id = $1"
_LOCK = f"{_FIND} FOR UPDATE"
_SAVE = """
UPDATE account SET version = $2, attachments = $3, state = $4, submission = $5, decided = $6,
    case_version = $7, level = $8, unit_name = $9, since = $10
WHERE account_id = $1
"""
_SAVE_PERSON = """
UPDATE account SET version = $2, region = $3, name = $4, id_number = $5, id_number_index = $6,
    id_number_masked = $7, phone = $8, phone_index = $9, phone_masked = $10
WHERE account_id = $1
"""
_NUMBERS = "SELECT id_number, phone FROM account WHERE account_id = $1"
_CREDENTIALS = """
SELECT account_id, name, role, region, unit_id, password_hash, epoch, closed, one_time_until,
       state = 'approved' AS reviewed
FROM account WHERE username_key = $1
"""
_HASH = "SELECT password_hash FROM account WHERE account_id = $1"
_SAVE_HASH = """
UPDATE account SET version = $2, epoch = $3, one_time_until = $4, password_hash = $5 WHERE account_id = $1
"""
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
    one_time_until: datetime | None
    reviewed: bool


async def insert(tx: Transaction, account: Account, proofs: Proofs, person: SealedPerson | None = None) -> bool:
    """Writes a new account; False where the username is taken, also by one written in the same instant."""
    id_number, phone = (person.id_number, person.phone) if person else (None, None)
    written = await tx.fetchval(
        _INSERT,
        account.account_id,
        account.version,
        account.username,
        username_key(account.username),
        proofs.password_hash,
        account.role,
        account.name,
        account.region,
        account.unit_id,
        *_columns(id_number),
        *_columns(phone),
        tx.now,
        *account.filing.values,
    )
    if written and proofs.questions:
        questions, answers = zip(*proofs.questions, strict=True)
        await tx.execute(_INSERT_QUESTIONS, account.account_id, questions, answers)
    return bool(written)


async def find(rows: Rows, account_id: UUID) -> Account | None:
    """An account, or None."""
    row = await rows.fetchrow(_FIND, account_id)
    return None if row is None else _account(row)


async def lock(tx: Transaction, account_id: UUID) -> Account | None:
    """An account that nobody else changes until this transaction ends, or None."""
    row = await tx.fetchrow(_LOCK, account_id)
    return None if row is None else _account(row)


async def save(tx: Transaction, account: Account) -> None:
    """Writes where the account's review stands, and the papers it was filed with."""
    attachments = [one.model_dump(mode="json") for one in account.attachments]
    await tx.execute(_SAVE, account.account_id, account.version, attachments, *account.filing.values)


async def save_person(tx: Transaction, account: Account, person: SealedPerson) -> None:
    """Writes the person that the account is of, and its region."""
    await tx.execute(
        _SAVE_PERSON,
        account.account_id,
        account.version,
        account.region,
        person.name,
        *_columns(person.id_number),
        *_columns(person.phone),
    )


async def numbers(rows: Rows, account_id: UUID) -> tuple[bytes, bytes] | None:
    """The encrypted ID number and phone of a person's account, or None."""
    row = await rows.fetchrow(_NUMBERS, account_id)
    return None if row is None or row["id_number"] is None else (row["id_number"], row["phone"])


async def credentials(rows: Rows, username: str) -> Credentials | None:
    """What a username's bearer is checked against, or None."""
    row = await rows.fetchrow(_CREDENTIALS, username_key(username))
    return None if row is None else Credentials(**{**row, "role": Role(row["role"])})


async def password_hash(rows: Rows, account_id: UUID) -> str | None:
    """The hash of an account's password."""
    stored: str | None = await rows.fetchval(_HASH, account_id)
    return stored


async def save_password(tx: Transaction, account: Account, hashed: str) -> None:
    """Writes the hash of another password, its end if it is a one-time password, and the epoch that begins."""
    await tx.execute(
        _SAVE_HASH, account.account_id, account.version, account.epoch, account.one_time_until, hashed
    )


async def username_taken(rows: Rows, username: str) -> bool:
    """Whether somebody has this username."""
    return bool(await rows.fetchval(_USERNAME_TAKEN, username_key(username)))


def _columns(number: Sealed | None) -> tuple[bytes | None, bytes | None, str | None]:
    return (None, None, None) if number is None else (number.encrypted, number.index, number.masked)


def _account(row: Any) -> Account:
    return Account(
        account_id=row["account_id"],
        version=row["version"],
        username=row["username"],
        role=Role(row["role"]),
        name=row["name"],
        region=row["region"],
        unit_id=row["unit_id"],
        id_number_masked=row["id_number_masked"],
        phone_masked=row["phone_masked"],
        epoch=row["epoch"],
        closed=row["closed"],
        one_time_until=row["one_time_until"],
        filing=Filing.of(row),
        attachments=tuple(Attachment.model_validate(one) for one in row["attachments"]),
    )
