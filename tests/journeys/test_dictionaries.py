"""Dictionaries that the nation's unit changes while the platform runs."""

import random
from datetime import timedelta
from typing import Any

import pytest

from shared.clock import china_today, utc_now
from tests.journeys.conftest import Resumed
from tests.journeys.test_accounts import refused
from tests.journeys.test_staff import added, coded, codes, person, submitted
from tests.journeys.test_staff import refused as not_added

pytestmark = pytest.mark.xdist_group("platform")

PATH = "/dictionaries/physician_scope"


@pytest.mark.requirement("STA-1")
async def test_the_nation_adds_and_retires_a_scope_of_practice_which_old_records_keep(hospital: Resumed) -> None:
    async with hospital() as one:
        nation = await one.known("nation.maintainer").sign_in()
        code = f"28{random.randrange(10**12):012}"
        today = china_today(utc_now())

        async def listed() -> tuple[int, dict[str, dict[str, Any]]]:
            dictionary = await one.person.get(PATH)
            return dictionary["revision"], {each["code"]: each for each in dictionary["entries"]}

        revision, entries = await listed()
        assert code not in entries
        somebody = {**person(one, "新专业样本"), "scope": [code]}
        assert codes((await not_added(one, somebody)).problem) == {"scope": "not-in-dictionary"}
        entry = {"code": code, "name": f"样本专业{code}", "name_en": "A sample"}
        city = await one.known("xiangtan.maintainer").sign_in()
        for other in (city, one.person):
            assert (await refused(other.post(f"{PATH}/entries", json=entry))).status == 403
        await nation.post(f"{PATH}/entries", json=entry)
        record = await coded(one, await added(one, somebody))
        begun = await added(one, {**person(one, "草稿样本"), "scope": [code]})

        retirement = f"{PATH}/entries/{code}/retirement"
        assert (await refused(city.put(retirement, json={"retired_from": today.isoformat()}))).status == 403
        await nation.put(retirement, json={"retired_from": today.isoformat()})
        later, entries = await listed()
        assert later >= revision + 2
        assert entries[code]["name"] == entry["name"]
        assert entries[code]["valid_until"] == (today - timedelta(days=1)).isoformat()
        kept = await one.person.get(f"/physicians/{record['record_id']}")
        assert kept["in_force"]["values"]["scope"] == [code]
        another = {**person(one, "来迟样本"), "scope": [code]}
        assert codes((await not_added(one, another)).problem) == {"scope": "code-not-valid"}
        assert codes((await refused(submitted(one, begun))).problem) == {"scope": "code-not-valid"}
        history = (await city.get(f"{PATH}/changes"))["items"]
        decisions = [each for each in history if each["code"] == code]
        assert [each["valid_until"] for each in decisions] == [entries[code]["valid_until"], None]
        assert {each["changed_by"] for each in decisions} == {nation.account["account_id"]}
