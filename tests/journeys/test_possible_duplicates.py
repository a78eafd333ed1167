"""Records of similar names are shown to who maintains and who reviews, and keep nobody from working."""

from typing import Any

import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person
from deploy.laptop.stack.platform import Platform
from tests.journeys.test_accounts import refused
from tests.journeys.test_authorisations import account_approved, granted, letter, values_of
from tests.platforms import a_journey

pytestmark = pytest.mark.xdist_group("platform")

ADDRESS = "和平路120号"


async def added(one: Journey, name: str, **more: Any) -> dict[str, Any]:
    """An institution that is added although others are similar."""
    record: dict[str, Any] = await one.person.post("/institutions", json={"values": values_of(one, name) | more})
    return record


async def warned(person: Person, record: dict[str, Any]) -> dict[str, list[str]]:
    """The possible duplicates of a record as somebody sees them: by name, what differs."""
    seen = await person.get(f"/institutions/{record['record_id']}/possible-duplicates")
    return {each["name"]: each["differs"] for each in seen["items"]}


@pytest.mark.requirement("AUT-2")
async def test_similar_names_are_a_warning_to_maintainer_and_reviewer(platform: Platform) -> None:
    async with a_journey(platform) as one, a_journey(platform) as two:
        for each in (one, two):
            await each.register()
            await account_approved(each)
        own = "样本" + "".join(one.chance.choices("安康瑞祥福宁和泰仁德", k=6))
        with_rank, without = f"湘潭市{own}人民医院", f"湘潭{own}人民医院"
        first = await added(one, with_rank, address=ADDRESS)
        county = await added(one, f"湘潭县{own}人民医院", address=ADDRESS)
        await added(one, f"湘潭市{own}二人民医院", address=ADDRESS)
        near = await added(one, f"湘潭市{own}人氏医院", address=ADDRESS)
        similar = await added(two, without, address=ADDRESS)
        numbers = ["uscc", "licence_number"]
        # Who adds it sees those that may be the same, near names at the same address too, not the second hospital.
        alike = (with_rank, county["name"])
        assert await warned(two.person, similar) == {name: ["name", *numbers] for name in (*alike, near["name"])}
        # The city's and the county's are two, since both say which.
        assert set(await warned(one.person, first)) == {without, near["name"]}
        # Once they hold its scope and move it elsewhere, what is near is a coincidence; the same name is not.
        await granted(two, await letter(two, [similar["record_id"]], ["institution"]))
        path = f"/institutions/{similar['record_id']}"
        change = {"version": (await two.person.get(path))["version"], "values": {"address": "书院路1号"}}
        await two.person.put(path, json=change)
        moved = {name: ["name", *numbers, "address"] for name in alike}
        assert await warned(two.person, similar) == moved
        # The reviewers of its region see the same; who may not see the record sees no duplicates of it.
        for reviewer in ("yuhu.reviewer", "nation.reviewer"):
            seen = await warned(await one.known(reviewer).sign_in(), similar)
            assert seen == moved
        elsewhere = await one.known("tongshan.reviewer").sign_in()
        for person, record in ((elsewhere, similar), (two.person, first)):
            barred = await refused(person.get(f"/institutions/{record['record_id']}/possible-duplicates"))
            assert barred.status == 404
