"""Passwords and answers to security questions: Argon2id, in threads, a few at a time."""

import asyncio
import os

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST = 128


class Passwords:
    """Hashes and checks; hashing is meant to be slow, so it never runs in the event loop."""

    def __init__(self, *, at_once: int | None = None) -> None:
        self._hasher = PasswordHasher()
        self._slots = asyncio.Semaphore(at_once or os.cpu_count() or 1)
        self._decoy = self._hasher.hash("nobody's password")

    async def hash(self, password: str) -> str:
        """The encoded hash to keep."""
        async with self._slots:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; takes the same time where there is no such account."""
        async with self._slots:
            right = await asyncio.to_thread(self._verify, kept or self._decoy, password)
        return right and kept is not None

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
