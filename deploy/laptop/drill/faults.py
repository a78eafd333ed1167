"""Faults in an order that a seed decides: each part dies and freezes, and lives again before the next."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

import asyncpg

from deploy.laptop.stack.platform import Platform
from deploy.settings_table import SERVICES
from shared.messaging import outbox

RELAY = "relay of "
RECOVERY_SECONDS = 60
FROZEN_SECONDS = (0.5, 8.0)
PAUSE_SECONDS = (0.2, 2.0)


class Kind(StrEnum):
    """What happens to a part."""

    KILLED = "killed"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True)
class Fault:
    """A part, or whichever replica holds a service's relay, and what happens to it."""

    part: str
    kind: Kind
    frozen_seconds: float
    pause_seconds: float


def faults(seed: int, parts: Sequence[str]) -> Iterator[Fault]:
    """Without end: every part and every relay once in each way, then all again in another order."""
    chance = random.Random(seed)  # noqa: S311 - an order that can be repeated, no secret
    targets = [*parts, *(f"{RELAY}{service}" for service in SERVICES)]
    while True:
        pairs = [(part, kind) for part in targets for kind in Kind]
        chance.shuffle(pairs)
        for part, kind in pairs:
            yield Fault(part, kind, chance.uniform(*FROZEN_SECONDS), chance.uniform(*PAUSE_SECONDS))


@asynccontextmanager
async def superuser(platform: Platform) -> AsyncIterator[asyncpg.Connection]:
    """A connection to Postgres, as soon as it has recovered."""
    end = time.monotonic() + RECOVERY_SECONDS
    while True:
        try:
            connection = await asyncpg.connect(platform.describe()["postgres"]["superuser"])
            break
        except (OSError, asyncpg.CannotConnectNowError):
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.1)
    try:
        yield connection
    finally:
        await connection.close()


async def inflict(platform: Platform, fault: Fault, report: Callable[[str], None]) -> None:
    """Brings a fault about, and returns when the part works again."""
    part = fault.part
    if part.startswith(RELAY):
        part = await _relay_holder(platform, part.removeprefix(RELAY))
    report(f"{fault.part} {fault.kind}" + (f" ({part})" if part != fault.part else ""))
    if fault.kind is Kind.KILLED:
        former = await asyncio.to_thread(platform.kill, part)
        await asyncio.to_thread(platform.wait_restarted, part, former)
    else:
        platform.freeze(part)
        try:
            await asyncio.sleep(fault.frozen_seconds)
        finally:
            platform.thaw(part)
    await asyncio.sleep(fault.pause_seconds)


async def _relay_holder(platform: Platform, service: str) -> str:
    """The replica that publishes the service's events; its first one while none does."""
    async with superuser(platform) as connection:
        pid = await outbox.holder(connection, service)
    parts = {known["pid"]: part for part, known in platform.describe()["processes"].items()}
    return str(parts.get(pid, service))
