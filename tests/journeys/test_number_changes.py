"""A certificate gets another number: before coding in the record itself, afterwards by a reviewed application."""

from typing import Any

import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.demo.sample_files import as_pdf, picture
from deploy.laptop.stack.platform import Platform
from tests.journeys.test_institutions import authorised, save
from tests.platforms import a_journey, approved, decide, filed, reviewers_of

pytestmark = pytest.mark.xdist_group("platform")

CHANGES = "/institution-number-changes"


async def refused(attempt: Any) -> str:
    """The code with which something is refused."""
    with pytest.raises(Refused) as refusal:
        await attempt
    return str(refusal.value.code)


async def coded(one: Journey) -> str:
    """The path of an institution that bears a code."""
    await filed(one)
    await approved(one)
    await one.receive_code()
    return f"/institutions/{one.institution['record_id']}"


async def begun(one: Journey, **values: Any) -> dict[str, Any]:
    """A number change with its certificates."""
    paper = as_pdf(picture("变更后的证照（样本）", [one.name]))
    receipts = {
        name: (await one.person.upload("/documents", paper, "application/pdf", f"{name}.pdf"))["receipt"]
        for name in ("certificate", "licence")
    }
    wanted = {
        "provider_id": one.institution["record_id"],
        "values": {"reason": "换发新证", **values},
        "attachments": receipts,
    }
    change: dict[str, Any] = await one.person.post(CHANGES, json=wanted)
    return change


async def submit(one: Journey, change: dict[str, Any]) -> dict[str, Any]:
    """The number change, submitted as it is now."""
    path = f"{CHANGES}/{change['record_id']}"
    seen = await one.person.get(path)
    filed: dict[str, Any] = await one.person.post(f"{path}/submission", json={"version": seen["version"]})
    return filed


async def found_by(one: Person, number: str) -> list[str]:
    """The records that a search for a number finds."""
    found = await one.get("/institutions", params={"query": number})
    return [each["record_id"] for each in found["items"]]


@pytest.mark.requirement("INS-4")
async def test_before_coding_the_numbers_change_in_the_record_after_the_duplicate_test(platform: Platform) -> None:
    async with a_journey(platform) as other, a_journey(platform) as one:
        await other.register()
        await other.add_institution()
        path = await authorised(one)
        taken = other.institution["numbers"]
        assert await refused(save(one, path, **taken, name=other.name)) == "record-exists-free"
        numbers = one.numbers()
        changed = await save(one, path, uscc=numbers.uscc, licence_number=numbers.licence_number)
        assert changed["numbers"] == {"uscc": numbers.uscc, "licence_number": numbers.licence_number}
        early = {"provider_id": changed["record_id"], "values": {"reason": "换证"}}
        assert await refused(one.person.post(CHANGES, json=early)) == "number-change-not-needed"


@pytest.mark.requirement("INS-4", "ACC-8")
async def test_after_coding_they_change_by_a_reviewed_application_and_the_code_stays(platform: Platform) -> None:
    async with a_journey(platform) as one:
        path = await coded(one)
        code, former, numbers = one.institution["code"], one.institution["numbers"], one.numbers()
        wanted = {"uscc": numbers.uscc, "licence_number": numbers.licence_number}
        assert await refused(save(one, path, **wanted)) == "number-change-needed"
        change = await begun(one, **wanted)
        assert (change["values"]["former_uscc"], change["missing"]) == (former["uscc"], [])
        assert await refused(begun(one)) == "application-open"
        assert (await submit(one, change))["locked"]
        assert await refused(save(one, path, address="和平路2号")) == "application-under-review"
        for reviewer in await reviewers_of(one):
            assert (await one.person.get(path))["in_force"]["values"]["uscc"] == former["uscc"]
            await decide(reviewer, change["record_id"])
        after = await one.person.until(path, lambda seen: seen["numbers"] == wanted)
        assert (after["code"], after["state"], after["life"]) == (code, "approved", "in-force")
        in_force, record = after["in_force"], one.institution["record_id"]
        assert {name: in_force["values"][name] for name in wanted} == wanted
        assert in_force["attachments"]["licence"] == change["attachments"]["licence"]
        assert await found_by(one.person, numbers.uscc) == [record]
        assert (await one.person.get(f"/codes/{code}"))["name"] == one.name
        # The record goes on as before: it is changed, reviewed once more, and keeps code and numbers.
        await save(one, path, address="和平路2号")
        seen = await one.person.get(path)
        one.institution = await one.person.post(f"{path}/submission", json={"version": seen["version"]})
        again = await approved(one)
        assert (again["code"], again["numbers"], again["in_force"]["values"]["address"]) == (
            *(code, wanted, "和平路2号"),
        )


async def test_a_number_change_alters_the_numbers_alone_and_not_to_those_of_another(platform: Platform) -> None:
    async with (
        a_journey(platform) as one,
        a_journey(platform, seed=one.seed + 100 * len(one.place.institutions)) as other,
    ):
        path = await coded(one)
        await other.register()
        await other.add_institution()
        assert other.institution["name"] == one.institution["name"]
        with pytest.raises(Refused) as fixed:
            await begun(one, name="另一家医院", former_uscc=None)
        assert {each["field"]: each["code"] for each in fixed.value.problem["errors"]} == {
            "name": "not-in-a-number-change",
            "former_uscc": "not-in-a-number-change",
        }
        change = await begun(one)
        assert await refused(submit(one, change)) == "numbers-unchanged"
        update = {"version": change["version"], "values": other.institution["numbers"]}
        await one.person.put(f"{CHANGES}/{change['record_id']}", json=update)
        assert await refused(submit(one, change)) == "numbers-of-another"
        assert (await one.person.get(f"{CHANGES}/{change['record_id']}"))["state"] == "draft"
        # While the record itself is reviewed, no application is submitted.
        await save(one, path, address="和平路3号")
        seen = await one.person.get(path)
        await one.person.post(f"{path}/submission", json={"version": seen["version"]})
        assert await refused(submit(one, change)) == "provider-under-review"
