"""What is kept of secrets: hashes of passwords and answers, encrypted identifiers with their keyed hashes."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.registry.accounts.registration import Person, SecurityQuestion
from shared.identifiers.names import compared
from shared.identifiers.numbers import masked
from shared.security.identifiers import Cipher
from shared.security.passwords import Passwords


@dataclass(frozen=True, slots=True)
class Sealed:
    """A personal number at rest: encrypted, its keyed hash, and what may be shown of it."""

    encrypted: bytes
    index: bytes
    masked: str


@dataclass(frozen=True, slots=True)
class SealedPerson:
    """A person as kept: the name, and both numbers sealed."""

    name: str
    id_number: Sealed
    phone: Sealed


@dataclass(frozen=True, slots=True)
class Proofs:
    """What somebody will prove themselves with: the password's hash, and each question with its answer's hash."""

    password_hash: str
    questions: tuple[tuple[str, str], ...] = ()


def sealed_person(cipher: Cipher, person: Person) -> SealedPerson:
    """A person's numbers, sealed."""
    return SealedPerson(person.name, _sealed(cipher, person.id_number), _sealed(cipher, person.phone))


async def proofs_of(passwords: Passwords, password: str, questions: Sequence[SecurityQuestion] = ()) -> Proofs:
    """The hashes of a password and of the answers, which are compared as names are; a tenth of a second each."""
    hashed = [(one.question.strip(), await passwords.hash(compared(one.answer))) for one in questions]
    return Proofs(await passwords.hash(password), tuple(hashed))


def _sealed(cipher: Cipher, number: str) -> Sealed:
    return Sealed(cipher.encrypt(number), cipher.index(number), masked(number))
