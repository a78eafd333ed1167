"""An institution with a code, made once: what many journeys begin with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.stack.platform import Platform
from tests.platforms import a_journey, approved, filed


class Resumed(Protocol):
    """Opens the journey of the coded institution where it stands; the maintainer signs in."""

    def __call__(self) -> AbstractAsyncContextManager[Journey]:
        """Resume it."""


async def _coded(platform: Platform) -> tuple[int, str]:
    async with a_journey(platform) as one:
        await filed(one)
        await approved(one)
        await one.receive_code()
    return one.seed, one.institution["record_id"]


@pytest.fixture(scope="session")
def coded(platform: Platform) -> Resumed:
    """A coded institution that journeys share; none of them changes its record."""
    seed, record_id = asyncio.run(_coded(platform))

    @asynccontextmanager
    async def resumed() -> AsyncIterator[Journey]:
        # A journey's people follow from its seed.
        async with a_journey(platform, seed=seed) as one:
            await one.person.sign_in()
            one.institution = await one.person.get(f"/institutions/{record_id}")
            yield one

    return resumed


@pytest.fixture(scope="session")
def hospital(coded: Resumed) -> Resumed:
    """The same institution, for journeys of its staff."""
    return coded
