"""Fixtures for tests of review: clients of reviewers and maintainers, filed cases, decisions."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID

import aiohttp

from services.review.rules.route import Unit
from shared.contracts.registry.events import SubmissionFiled
from shared.security.caller import Role
from tests.environment import Environment, a_caller, until
from tests.unit.review.filings import registered

Client = aiohttp.ClientSession


class ReviewClients:
    """Clients of the reviewers of these units and of the maintainer."""

    def __init__(self, environment: Environment, stack: AsyncExitStack) -> None:
        self.environment = environment
        self._stack = stack
        self._by_seat: dict[str, Client] = {}

    async def reviewer(self, unit: Unit) -> Client:
        """The client of a unit's reviewer."""
        if unit.seat not in self._by_seat:
            caller = a_caller(Role.REVIEWER, unit.seat, unit_id=unit.unit_id, name=f"{unit.name}审核员")
            self._by_seat[unit.seat] = await self._stack.enter_async_context(
                self.environment.client("review", caller)
            )
        return self._by_seat[unit.seat]

    async def maintainer(self, filing: SubmissionFiled) -> Client:
        """The client of the person who filed."""
        caller = a_caller(Role.MAINTAINER, filing.region, account_id=filing.filed_by)
        return await self._stack.enter_async_context(self.environment.client("review", caller))

    async def registered(self, *units: Unit) -> None:
        """Registers units and waits until review has them."""
        await self.environment.publish(*(registered(unit) for unit in units))
        async with self.environment.postgres("review") as postgres:

            async def known() -> bool:
                ids = [unit.unit_id for unit in units]
                count = await postgres.fetchval("SELECT count(*) FROM unit WHERE unit_id = ANY($1)", ids)
                return bool(count == len(units))

            await until(known, what="the units")

    async def filed(self, *filings: SubmissionFiled) -> dict[UUID, UUID]:
        """Publishes filings and waits until each is a case in that round; returns the cases by subject."""
        await self.environment.publish(*filings)
        wanted = {(one.subject_id, one.submission) for one in filings}
        async with self.environment.postgres("review") as postgres:

            async def there() -> dict[UUID, UUID] | None:
                rows = await postgres.fetch("SELECT case_id, subject_id, submission FROM review_case")
                met = {(row["subject_id"], row["submission"]) for row in rows} >= wanted
                return {row["subject_id"]: row["case_id"] for row in rows} if met else None

            found: dict[UUID, UUID] = await until(there, what="the cases")
            return found


@asynccontextmanager
async def review_clients(environment: Environment, *units: Unit) -> AsyncIterator[ReviewClients]:
    """The review service running, with these units registered."""
    async with environment.running("review"), AsyncExitStack() as stack:
        at = ReviewClients(environment, stack)
        if units:
            await at.registered(*units)
        yield at


async def read(client: Client, path: str, **query: Any) -> Any:
    """A successful answer's JSON."""
    async with client.get(path, params=query) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.json()


async def decide(
    client: Client, case_id: UUID | str, version: int, decision: str, **more: Any
) -> tuple[int, dict[str, Any]]:
    """The status and the body of the answer to a decision."""
    headers = more.pop("headers", {})
    body = {"version": version, "decision": decision, **more}
    async with client.post(f"/cases/{case_id}/decisions", json=body, headers=headers) as answer:
        return answer.status, await answer.json()
