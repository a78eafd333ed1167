"""Whoever clicks everything twice: one effect, and both clicks get the same answer."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person
from deploy.laptop.demo.places import HUNAN
from deploy.laptop.demo.provincial_system import provincial_system
from deploy.laptop.stack.platform import Platform
from shared.contracts.agreements.events import AgreementEntered
from tests.platforms import AGREED, CODED, REVIEWED, a_journey

pytestmark = pytest.mark.xdist_group("platform")


class DoubleClicker(Person):
    """Sends whatever changes something twice at once, under one key; signing in opens a session each time."""

    clicked: set[str]

    async def _ask(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Any:
        if method == "GET" or path == "/sessions":
            return await super()._ask(method, path, headers, **more)
        once = super()._ask
        sent = {"Idempotency-Key": str(uuid4()), **(headers or {})}
        first, second = await asyncio.gather(*(once(method, path, sent, **more) for _ in range(2)))
        assert first == second
        self.clicked.add(path.split("/")[1] + " " + path.rsplit("/", maxsplit=1)[-1])
        return first


class ImpatientJourney(Journey):
    """A journey of people who click everything twice."""

    def _somebody(self, username: str, password: str) -> Person:
        person = DoubleClicker(self.http, self.description["gateway"], username, password)
        person.clicked = CLICKED
        return person


CLICKED: set[str] = set()
EXPECTED = {
    *("accounts accounts", "accounts submission", "documents documents", "institutions institutions"),
    *("authorisations authorisations", "letters scans", "cases decisions", "institutions submission"),
    *("agreements agreements", "agreements confirmation"),
}


@pytest.mark.requirement("COD-1", "AGR-7", "INT-1")
async def test_a_journey_in_which_everything_is_clicked_twice_ends_like_any_other(platform: Platform) -> None:
    async with (
        provincial_system(platform.describe(), HUNAN.province_code) as province,
        a_journey(platform, kind=ImpatientJourney) as one,
    ):
        institution = await one.play()
        await province.received(one.agreement["agreement_id"], AgreementEntered.type)
        for path in ("/institutions/mine", "/authorisations", "/agreements"):
            assert len((await one.person.get(path))["items"]) == 1
    assert CLICKED >= EXPECTED
    received = [event["type"] for event in province.about(institution["record_id"])]
    assert sorted(received) == sorted([*REVIEWED, *CODED])
    assert [event["type"] for event in province.about(one.agreement["agreement_id"])] == AGREED
