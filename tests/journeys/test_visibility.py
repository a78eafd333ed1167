"""What people see: a unit its own divisions, and everybody what they have just done."""

import pytest

from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.demo.places import JIANGSU
from deploy.laptop.stack.platform import Platform
from tests.journeys.conftest import Resumed
from tests.journeys.test_agreements import add, agency_of, path_of
from tests.platforms import a_journey, decide, reviewers_of

pytestmark = pytest.mark.xdist_group("platform")


async def status_of(person: Person, path: str, **params: str) -> int:
    """How a read is answered."""
    try:
        await person.get(path, params=params)
    except Refused as refused:
        return refused.status
    return 200


@pytest.mark.requirement("REV-4")
async def test_a_unit_sees_its_own_divisions_at_every_interface(coded: Resumed) -> None:
    async with coded() as one:
        agreement = await add(one.person, one.institution["record_id"])
        subject = one.institution["record_id"]
        case = await one.person.get(f"/subjects/{subject}/case")
        licence = one.institution["attachments"]["licence"]["document_id"]
        records = (f"/institutions/{subject}", f"/documents/{licence}", f"/documents/{licence}/content")
        cases = (f"/subjects/{subject}/case", f"/cases/{case['case_id']}")
        search, name = "/institutions", {"query": one.institution["numbers"]["uscc"]}

        async def found(person: Person) -> int:
            return len((await person.get(search, params=name))["items"])

        # From the county up to the nation each sees it, and nobody beside them, nor a county of the same city.
        inside = [(person, 200, 1) for person in await reviewers_of(one)]
        outside = [(await one.known(f"{short}.reviewer").sign_in(), 404, 0) for _, _, short in JIANGSU.units]
        for person, status, count in [*inside, *outside]:
            assert await found(person) == count, person.username
            for path in (*records, *cases):
                assert await status_of(person, path) == status, (person.username, path)
            finished = await person.get("/cases", params={"state": "finished", "limit": "200", "query": one.name})
            listed = case["case_id"] in {each["case_id"] for each in finished["items"]}
            assert listed is (count == 1)
        decision = {"version": case["version"], "decision": "return", "reasons": [{"reason": "看看"}]}
        with pytest.raises(Refused) as hidden:
            await outside[0][0].post(f"/cases/{case['case_id']}/decisions", json=decision)
        assert hidden.value.status == 404
        for short, status in (("yuhu", 200), ("xiangtan", 200), ("tongshan", 404), ("jiangsu", 404)):
            agency = await agency_of(one, short)
            assert await status_of(agency, path_of(agreement)) == status
            assert await status_of(agency, records[0]) == status


@pytest.mark.requirement("HLP-2")
async def test_whoever_has_just_done_something_reads_it_at_once(platform: Platform) -> None:
    async with a_journey(platform) as one:
        person = one.person
        await one.register()
        assert (await person.get("/accounts/current"))["state"] == "submitted"
        await one.add_institution()
        record, subject = f"/institutions/{one.institution['record_id']}", one.institution["record_id"]
        assert await person.get(record) == one.institution
        number = {"query": one.institution["numbers"]["uscc"]}
        assert [each["record_id"] for each in (await person.get("/institutions", params=number))["items"]] == [
            subject
        ]
        await one.authorise()
        await one.nation_approves_mandate()
        for beds in range(1, 6):
            seen = await person.get(record)
            saved = await person.put(record, json={"version": seen["version"], "values": {"approved_beds": beds}})
            assert await person.get(record) == saved
        renamed = f"{one.name}（新址）"
        await person.put(record, json={"version": saved["version"], "values": {"name": renamed}})
        [mine] = (await person.get("/institutions/mine"))["items"]
        assert mine["name"] == renamed
        await one.fill_in()
        [mine] = (await person.get("/institutions/mine"))["items"]
        assert ((await person.get(record))["locked"], mine["state"]) == (True, "submitted")
        levels = await reviewers_of(one)
        for reviewer in levels:
            await reviewer.until(f"/subjects/{subject}/case", lambda seen: seen["actions"])
            before = await reviewer.get("/cases/counts")
            decided = await decide(reviewer, subject)
            assert await reviewer.get(f"/cases/{decided['case_id']}") == decided
            waiting = (await reviewer.get("/cases", params={"query": renamed}))["items"]
            assert subject not in {each["subject_id"] for each in waiting}
            after = await reviewer.get("/cases/counts")
            assert (after["to_do"], after["reported"]) == (before["to_do"] - 1, before["reported"] + 1)
        await person.until(record, lambda seen: seen["state"] == "approved")
        name = {"name": renamed}
        await person.until("/agreements/providers", lambda seen: seen["items"], params=name)
        agreement = await add(person, subject)
        assert await person.get(path_of(agreement)) == agreement
        [listed] = (await person.get("/agreements"))["items"]
        assert listed == agreement
        agency = await agency_of(one)
        version = {"version": agreement["version"]}
        confirmed = await agency.post(f"{path_of(agreement)}/confirmation", json=version)
        assert (await agency.get(path_of(agreement)))["state"] == confirmed["state"] == "confirmed"
        await person.delete("/sessions/current")
        assert await status_of(person, record) == 401
