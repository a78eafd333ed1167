"""A whole platform for journeys: started once, like `make run`, and shared by all tests of a test worker."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from deploy.laptop.demo.__main__ import prepare
from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person
from deploy.laptop.demo.places import HUNAN, Place
from deploy.laptop.demo.reporter import SilentReporter
from deploy.laptop.stack.plan import LAPTOP_SETTINGS, Plan
from deploy.laptop.stack.platform import Platform
from shared.contracts.agreements.events import AgreementConfirmed, AgreementEntered, AgreementSubmitted
from shared.contracts.coding.events import CodeAssigned
from shared.contracts.registry.events import ProviderApproved
from shared.contracts.review.events import CaseApproved, CaseMoved, CaseOpened, CaseReturned

# The events that a province receives of one journey with policy A: the city returns the first round and the second
# is approved.
REVIEWED = [
    *(CaseOpened.type, CaseMoved.type, CaseReturned.type),
    *(CaseOpened.type, CaseMoved.type, CaseMoved.type, CaseMoved.type, CaseApproved.type),
]
CODED = [ProviderApproved.type, CodeAssigned.type]
AGREED = [AgreementSubmitted.type, AgreementConfirmed.type, AgreementEntered.type]


@contextmanager
def platform_in(folder: Path) -> Iterator[Platform]:
    """A running platform with the sample units; it is removed afterwards."""
    platform = Platform(folder, Plan(durable=False, environment=dict(LAPTOP_SETTINGS)))
    platform.start()
    try:
        asyncio.run(_settled(platform))
        yield platform
    finally:
        platform.reset()


async def _settled(platform: Platform) -> None:
    async with aiohttp.ClientSession() as http:
        await prepare(http, platform.layout.description)


@asynccontextmanager
async def a_journey(
    platform: Platform, place: Place = HUNAN, kind: type[Journey] = Journey, **more: Any
) -> AsyncIterator[Journey]:
    """A journey before its first step."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
        yield kind(http, platform.describe(), place, SilentReporter(), **more)


async def filed(one: Journey) -> None:
    """The journey up to the institution's submission."""
    for step in (one.register, one.add_institution, one.authorise, one.nation_approves_mandate, one.fill_in):
        await step()


async def decide(reviewer: Person, subject_id: str, decision: str = "approve", **more: Any) -> dict[str, Any]:
    """A reviewer's decision on the case of a subject, once it is theirs to make; answers the case after it."""
    case = await reviewer.until(f"/subjects/{subject_id}/case", lambda seen: decision in seen["actions"])
    wanted = {"version": case["version"], "decision": decision, "reasons": [], "note": "", **more}
    decided: dict[str, Any] = await reviewer.post(f"/cases/{case['case_id']}/decisions", json=wanted)
    return decided


async def reviewers_of(one: Journey) -> list[Person]:
    """The reviewers on the way of the institution's submission, from the county to the nation, signed in."""
    usernames = [*one.place.usernames("reviewer"), "nation.reviewer"]
    return [await one.known(username).sign_in() for username in usernames]


async def approved(one: Journey) -> dict[str, Any]:
    """The institution after the four levels have approved its submission."""
    for reviewer in await reviewers_of(one):
        await decide(reviewer, one.institution["record_id"])
    path = f"/institutions/{one.institution['record_id']}"
    one.institution = await one.person.until(path, lambda seen: seen["state"] == "approved")
    return one.institution


async def case_of(one: Journey, reader: Person, action: str = "approve") -> dict[str, Any]:
    """The institution's case as a reviewer sees it who can act on it."""
    path = f"/subjects/{one.institution['record_id']}/case"
    case: dict[str, Any] = await reader.until(path, lambda seen: action in seen["actions"])
    return case
