"""Letters and their scans: the same letter for everybody who asks, and no scan in place of another."""

import asyncio
from typing import Any

import pytest

from deploy.laptop.demo.journey import SCOPES, Journey
from deploy.laptop.demo.person import Refused
from deploy.laptop.stack.platform import Platform
from tests.platforms import a_journey

pytestmark = pytest.mark.xdist_group("platform")


async def prepared(one: Journey) -> str:
    """The path of the letter of somebody who has just asked to be authorised."""
    await one.register()
    await one.add_institution()
    wanted = {"scopes": SCOPES, "provider_ids": [one.institution["record_id"]]}
    one.authorisation = await one.person.post("/authorisations", json=wanted)
    return f"/letters/{one.authorisation['authorisation_id']}"


async def refused_scan(one: Journey, path: str, content: bytes) -> Refused:
    """Why a PDF is not taken as the scan of a letter."""
    with pytest.raises(Refused) as refused:
        await one.person.upload(f"{path}/scans", content, "application/pdf", "扫描件.pdf")
    return refused.value


async def authorisation_of(one: Journey, **wanted: Any) -> dict[str, Any]:
    """The authorisation once it is so."""
    path = f"/authorisations/{one.authorisation['authorisation_id']}"
    found: dict[str, Any] = await one.person.until(
        path, lambda seen: all(seen[name] == value for name, value in wanted.items())
    )
    return found


@pytest.mark.requirement("AUT-5")
async def test_a_letter_asked_for_ten_times_at_once_is_the_same_to_the_byte(platform: Platform) -> None:
    async with a_journey(platform) as one:
        path = await prepared(one)
        letters = await asyncio.gather(*(one.person.get(f"{path}/content") for _ in range(10)))
    assert letters[0].startswith(b"%PDF-")
    assert len(set(letters)) == 1


@pytest.mark.requirement("AUT-5", "AUT-6", "ACC-8")
async def test_only_the_letter_in_force_of_the_own_application_is_taken(platform: Platform) -> None:
    async with a_journey(platform) as one, a_journey(platform) as other:
        path, others_path = await prepared(one), await prepared(other)
        old = await one.person.get(f"{path}/content")
        foreign = await other.person.get(f"{others_path}/content")
        narrower = {"scopes": ["institution"], "provider_ids": [one.institution["record_id"]]}
        known = await authorisation_of(one, state="prepared")
        changed = await one.person.put(
            f"/authorisations/{known['authorisation_id']}", json={"version": known["version"], **narrower}
        )
        assert changed["letter_version"] == 2
        renewed = await one.person.get(f"{path}/content", params={"letter_version": "2"})
        assert renewed != old
        outdated = await refused_scan(one, path, old)
        assert (outdated.status, outdated.code) == (409, "letter-outdated")
        another = await refused_scan(one, path, foreign)
        assert (another.status, another.code) == (409, "letter-of-another-application")
        await authorisation_of(one, state="prepared", letter_version=2)
        scan = await one.person.upload(f"{path}/scans", renewed, "application/pdf", "扫描件.pdf")
        assert (scan["recognised"], scan["letter_version"]) == (True, 2)
        await authorisation_of(one, state="submitted")
