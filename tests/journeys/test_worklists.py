"""What a unit sees of its cases: work lists, counts, and many decided at once."""

from typing import Any

import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.stack.platform import Platform
from tests.journeys.test_authorisations import account_approved, add, granted, letter
from tests.platforms import a_journey, case_of, decide, filed, reviewers_of

pytestmark = pytest.mark.xdist_group("platform")

LISTS = ("to_do", "reported", "returned", "finished")


async def listed(reviewer: Person, **filters: str) -> list[dict[str, Any]]:
    """All cases in one of the reviewer's lists."""
    lines: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        page = await reviewer.get("/cases", params={"limit": "200", **filters, **more})
        lines += page["items"]
        if not page["next"]:
            return lines
        more = {"after": page["next"]}


async def recounted(reviewer: Person) -> dict[str, int]:
    """The unit's counts, which agree with its lists and with each other."""
    counts = await reviewer.get("/cases/counts")
    assert counts["received"] == counts["to_do"] + counts["reported"] + counts["returned"]
    for name in ("received", *LISTS):
        assert counts[name] == sum(kind[name] for kind in counts["by_kind"].values())
    lines = {name: await listed(reviewer, state=name) for name in LISTS}
    # What is finished is a part of what was reported.
    assert {name: counts[name] for name in LISTS} == {name: len(found) for name, found in lines.items()}
    assert {each["case_id"] for each in lines["finished"]} <= {each["case_id"] for each in lines["reported"]}
    return {name: counts[name] for name in ("received", *LISTS)}


def gained(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """What has become more or less."""
    return {name: after[name] - before[name] for name in after if after[name] != before[name]}


@pytest.mark.requirement("REV-6")
async def test_the_counts_of_a_unit_add_up_after_every_step(platform: Platform) -> None:
    async with a_journey(platform) as one:
        levels = await reviewers_of(one)
        county, city = levels[:2]
        began = [await recounted(reviewer) for reviewer in levels]
        await filed(one)
        subject = one.institution["record_id"]
        record = f"/institutions/{subject}"
        await case_of(one, county)
        assert gained(began[0], await recounted(county)) == {"received": 1, "to_do": 1}
        await decide(county, subject)
        assert gained(began[0], await recounted(county)) == {"received": 1, "reported": 1}
        assert gained(began[1], await recounted(city)) == {"received": 1, "to_do": 1}
        await decide(city, subject, "send_down")
        assert gained(began[0], await recounted(county)) == {"received": 1, "to_do": 1}
        assert gained(began[1], await recounted(city)) == {"received": 1, "returned": 1}
        await decide(county, subject)
        await decide(city, subject, "return", reasons=[{"reason": "请核对床位数"}])
        for reviewer, before in zip(levels[:2], began[:2], strict=True):
            assert gained(before, await recounted(reviewer)) == {"received": 1, "returned": 1}
        returned = await one.person.until(record, lambda seen: seen["state"] == "returned")
        # The round that follows is the same case: it is received once.
        one.institution = await one.person.post(f"{record}/submission", json={"version": returned["version"]})
        await case_of(one, county)
        assert gained(began[0], await recounted(county)) == {"received": 1, "to_do": 1}
        withdrawn = await one.person.delete(f"{record}/submission")
        assert withdrawn["state"] == "withdrawn"
        await one.person.until(f"/subjects/{subject}/case", lambda seen: seen["stage"] == "withdrawn")
        assert gained(began[0], await recounted(county)) == {}
        await one.person.post(f"{record}/submission", json={"version": withdrawn["version"]})
        for reviewer in levels:
            await decide(reviewer, subject)
        for reviewer, before in zip(levels, began, strict=True):
            more = gained(before, await recounted(reviewer))
            assert (more["reported"], more["finished"]) == (more["received"], more["received"])


async def three_filed(one: Journey) -> list[str]:
    """Three institutions of one maintainer, submitted."""
    await one.register()
    await account_approved(one)
    names = [f"{one.name}{word}院区" for word in ("东", "南", "西")]
    added = [await add(one, name) for name in names]
    await granted(one, await letter(one, [each["record_id"] for each in added]))
    for one.institution in added:
        await one.fill_in()
    return [each["record_id"] for each in added]


@pytest.mark.requirement("REV-8")
async def test_many_cases_are_found_in_the_work_list_and_approved_by_one_action(platform: Platform) -> None:
    async with a_journey(platform) as one:
        ids = await three_filed(one)
        county, city, *_ = await reviewers_of(one)
        for subject in ids:
            await county.until(f"/subjects/{subject}/case", lambda seen: seen["actions"])

        async def waiting(reviewer: Person, **filters: str) -> list[dict[str, Any]]:
            return [each for each in await listed(reviewer, **filters) if each["subject_id"] in ids]

        lines = await waiting(county, state="to_do", kind="institution")
        assert {each["subject_id"] for each in lines} == set(ids)
        # The oldest is first, and each says since when it waits.
        assert [each["since"] for each in lines] == sorted(each["since"] for each in lines)
        assert len(await waiting(county, query=f"{one.name}南")) == 1
        assert await waiting(county, kind="account") == []
        assert await waiting(county, older_than_days="1") == []
        assert len(await waiting(county, older_than_days="0")) == 3
        job = await county.post("/cases/approvals", json={"kind": "institution", "note": "批量上报"})
        progress = await county.until(f"/review-jobs/{job['job_id']}", lambda seen: seen["state"] == "succeeded")
        assert progress["done"] >= 3
        assert await waiting(county, state="to_do") == []
        seen = [
            await city.until(f"/subjects/{subject}/case", lambda case: "approve" in case["actions"])
            for subject in ids
        ]
        assert {case["timeline"][-1]["note"] for case in seen} == {"批量上报"}
        # A reviewer who picks some by hand gives them one verdict, and learns of each what came of it.
        stale = {"case_id": seen[0]["case_id"], "version": seen[0]["version"] - 1}
        chosen = [{"case_id": case["case_id"], "version": case["version"]} for case in seen[1:]]
        verdict = await city.post("/cases/decisions", json={"cases": [stale, *chosen], "decision": "approve"})
        assert {each["case_id"]: each["code"] for each in verdict["results"]} == {
            seen[0]["case_id"]: "case-moved-on",
            **{case["case_id"]: None for case in seen[1:]},
        }
        assert {each["subject_id"] for each in await waiting(city, state="to_do")} == {seen[0]["subject_id"]}
        with pytest.raises(Refused) as others:
            await one.person.post("/cases/approvals", json={"kind": "institution"})
        assert (others.value.status, others.value.code) == (403, "role-required")
