"""Password hashing: registrations and sign-ins have separate lanes, each with a bounded queue."""

import asyncio
import threading

import pytest
from argon2 import PasswordHasher

from shared.security import passwords as module
from shared.security.passwords import Passwords
from shared.security.problems import HashingBusy


class Held:
    """A hasher that waits until the test releases it."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def hash(self, password: str) -> str:
        """Waits, and answers something."""
        self.go.wait(20)
        return f"hash of {password}"


async def test_checking_does_not_wait_for_registrations(monkeypatch: pytest.MonkeyPatch) -> None:
    passwords = Passwords(at_once=1)
    kept = await passwords.hash("the right password")
    held = Held()
    monkeypatch.setattr(PasswordHasher, "hash", lambda _, password: held.hash(password))
    registering = [asyncio.create_task(passwords.hash(f"password {number}")) for number in range(8)]
    try:
        async with asyncio.timeout(10):
            assert await passwords.matches(kept, "the right password")
            assert not await passwords.matches(kept, "another")
            assert not await passwords.matches(None, "the right password")
    finally:
        held.go.set()
        await asyncio.gather(*registering)


async def test_a_full_queue_refuses_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_QUEUE_LENGTH", 3)
    passwords, held = Passwords(), Held()
    monkeypatch.setattr(PasswordHasher, "hash", lambda _, password: held.hash(password))
    waiting = [asyncio.create_task(passwords.hash(str(number))) for number in range(10)]
    done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    try:
        assert all(isinstance(task.exception(), HashingBusy) for task in done)
    finally:
        held.go.set()
        answers = await asyncio.gather(*waiting, return_exceptions=True)
    refused = [one for one in answers if isinstance(one, HashingBusy)]
    assert len(refused) == 6
    assert refused[0].headers["Retry-After"]
    assert await passwords.hash("again") == "hash of again"
