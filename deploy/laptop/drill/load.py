"""The load: people who add institutions, are authorised for them, submit them and see them approved and coded."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person
from deploy.laptop.demo.places import HUNAN
from deploy.laptop.demo.reporter import SilentReporter


@dataclass(slots=True)
class Campaign(Journey):
    """One person with several institutions, which take the main journey one after another."""

    size: int = 5
    institutions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def entrusted(self) -> list[str]:
        """All institutions are in one letter."""
        return [one["record_id"] for one in self.institutions]

    async def prepare(self) -> None:
        """Registers, adds the institutions, and is authorised for all of them."""
        await self.register()
        for _ in range(self.size):
            await self.add_institution()
            self.institutions.append(self.institution)
        await self.authorise()
        await self.nation_approves_mandate()

    async def approve_all(self, levels: Sequence[Person]) -> None:
        """Submits each institution, has each level approve it, and waits for its code."""
        for one in self.institutions:
            self.institution = one
            await self.fill_in()
            for level in levels:
                await self._decide(level, self.institution["record_id"], {"decision": "approve"})
            await self.receive_code()


class Load:
    """Campaigns, so many at once, until it is stopped; `approved` are the institutions that have their codes."""

    def __init__(
        self, http: aiohttp.ClientSession, description: dict[str, Any], *, at_once: int, size: int
    ) -> None:
        self._http = http
        self._description = description
        self._at_once = at_once
        self._size = size
        self._stopping = False
        self.approved: list[str] = []

    async def run(self) -> None:
        """Until `stop`; then what has begun is brought to its end."""
        someone = Journey(self._http, self._description, HUNAN, SilentReporter())
        reviewers = [*HUNAN.usernames("reviewer"), "nation.reviewer"]
        levels = [await someone.known(username).sign_in() for username in reviewers]
        async with asyncio.TaskGroup() as group:
            for _ in range(self._at_once):
                group.create_task(self._campaigns(levels))

    def stop(self) -> None:
        """Begins nothing more."""
        self._stopping = True

    async def _campaigns(self, levels: Sequence[Person]) -> None:
        while not self._stopping:
            one = Campaign(self._http, self._description, HUNAN, SilentReporter(), size=self._size)
            await one.prepare()
            await one.approve_all(levels)
            self.approved += one.entrusted
