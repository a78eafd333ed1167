"""Hashes passwords and answers to security questions with Argon2id, in a few threads with bounded queues."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from shared.security.problems import HashingBusy

R = TypeVar("R")

MAX_LENGTH = 128
# A hash takes a tenth of a second: the last one in a full lane waits for some seconds.
MAX_QUEUE_LENGTH = 32
_RETRY_AFTER_SECONDS = 5


class _Lane:
    """A bounded pool: a number of hashes that run at once, and a number that wait."""

    def __init__(self, at_once: int) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self._waiting = 0

    async def run(self, hashing: Callable[..., R], *arguments: str) -> R:
        async with self._slot():
            return await asyncio.to_thread(hashing, *arguments)

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        if self._waiting >= MAX_QUEUE_LENGTH:
            raise HashingBusy().after(_RETRY_AFTER_SECONDS)
        self._waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._slots.release()


class Passwords:
    """Hashes and checks passwords in threads, since hashing is slow and would block the event loop.

    Checking has a pool of its own, so that registrations (four hashes each, by unknown callers) do not slow down
    signing in.
    """

    def __init__(self, *, at_once: int | None = None) -> None:
        self._hasher = PasswordHasher()
        self._checking = _Lane(at_once or os.cpu_count() or 1)
        self._hashing = _Lane(1)
        self._decoy = self._hasher.hash("nobody's password")

    async def hash(self, password: str) -> str:
        """Returns the encoded hash; raises HashingBusy."""
        return await self._hashing.run(self._hasher.hash, password)

    async def matches(self, encoded: str | None, password: str) -> bool:
        """Whether the password is right; takes equally long without an account. Raises HashingBusy."""
        right = await self._checking.run(self._verify, encoded or self._decoy, password)
        return right and encoded is not None

    def _verify(self, encoded: str, password: str) -> bool:
        try:
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError):
            return False
