"""Who may maintain what: institutions are found, added and chosen, and a letter opens them."""

import asyncio
from typing import Any

import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.demo.places import HUNAN
from deploy.laptop.demo.sample_files import as_pdf, picture
from deploy.laptop.stack.platform import Platform
from tests.platforms import a_journey, decide

pytestmark = pytest.mark.xdist_group("platform")

SCOPES = ["institution", "nurse", "physician"]


def values_of(one: Journey, name: str) -> dict[str, Any]:
    """What an institution of this name is added with; its numbers are new."""
    numbers = one.numbers()
    return {
        "name": name,
        "uscc": numbers.uscc,
        "licence_number": numbers.licence_number,
        "pooling_region": HUNAN.county,
    }


async def add(one: Journey, name: str) -> dict[str, Any]:
    """An institution of this name, added."""
    added: dict[str, Any] = await one.person.post("/institutions", json={"values": values_of(one, name)})
    return added


async def found(person: Person, words: str) -> list[str]:
    """The records that a search finds."""
    return [each["record_id"] for each in (await person.get("/institutions", params={"query": words}))["items"]]


async def letter(one: Journey, providers: list[str], scopes: list[str] | None = None) -> dict[str, Any]:
    """The account asks to be authorised, and its letter comes back scanned."""
    wanted = {"scopes": scopes or SCOPES, "provider_ids": providers}
    return await scanned(one, await one.person.post("/authorisations", json=wanted))


async def scanned(one: Journey, authorisation: dict[str, Any]) -> dict[str, Any]:
    """The authorisation once the scan of its letter is submitted."""
    path = f"/letters/{authorisation['authorisation_id']}"
    version = {"letter_version": str(authorisation["letter_version"])}
    content = await one.person.get(f"{path}/content", params=version)
    await one.person.upload(f"{path}/scans", content, "application/pdf", "盖章授权书.pdf")
    submitted: dict[str, Any] = await one.person.until(
        f"/authorisations/{authorisation['authorisation_id']}", lambda seen: seen["state"] == "submitted"
    )
    return submitted


async def granted(one: Journey, authorisation: dict[str, Any]) -> dict[str, Any]:
    """The authorisation after the nation has approved it."""
    await decide(await one.known("nation.reviewer").sign_in(), authorisation["authorisation_id"])
    path = f"/authorisations/{authorisation['authorisation_id']}"
    seen: dict[str, Any] = await one.person.until(path, lambda it: it["in_force"])
    return seen


async def account_approved(one: Journey) -> None:
    """The nation approves the account."""
    await decide(await one.known("nation.reviewer").sign_in(), one.person.account["account_id"])


async def explanation(person: Person) -> str:
    """The receipt of a stamped explanation."""
    page = as_pdf(picture("情况说明（样本）", ["暂无统一社会信用代码", "（盖章）"]))
    return str((await person.upload("/documents", page, "application/pdf", "情况说明.pdf"))["receipt"])


@pytest.mark.requirement("AUT-1")
async def test_institutions_are_found_by_parts_of_name_and_number_and_many_are_chosen(platform: Platform) -> None:
    async with a_journey(platform) as one, a_journey(platform) as other:
        await one.register()
        await other.register()
        word = f"{one.seed % 10**6:06d}"
        both = [await add(one, f"湘潭第{word}康复医院"), await add(one, f"湘潭第{word}护理院（东院）")]
        ids = [each["record_id"] for each in both]
        numbers = both[0]["numbers"]
        wide = numbers["uscc"].translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
        for words, due in (
            (word, ids),
            (f"{word} 康复", ids[:1]),
            (f"护理院 湘潭第{word}", ids[1:]),
            (f"第{word}护理院(东院)", ids[1:]),
            (numbers["uscc"], ids[:1]),
            (wide.lower(), ids[:1]),
            (numbers["licence_number"].replace("0", "O"), ids[:1]),
            (numbers["licence_number"][2:14], ids[:1]),
            (f"xtd{word}kfyy", ids[:1]),
            (f"{word} HLY", ids[1:]),
            (f"{word} 口腔", []),
        ):
            assert await found(other.person, words) == due, words
        # Somebody else chooses them both, in one letter.
        authorisation = await letter(other, ids)
        assert sorted(each["provider_id"] for each in authorisation["providers"]) == ids
        await account_approved(other)
        await granted(other, authorisation)
        mine = (await other.person.get("/institutions/mine"))["items"]
        assert [each["record_id"] for each in mine] == ids
        assert await found(one.person, f"{word} 康复") == ids[:1]


@pytest.mark.requirement("AUT-2")
async def test_the_duplicate_test_tells_new_from_free_and_from_maintained(platform: Platform) -> None:
    async with a_journey(platform) as one, a_journey(platform) as other:
        await one.register()
        await other.register()
        values = values_of(one, f"湘潭第{one.seed % 10**6:06d}医院")
        assert await found(one.person, values["uscc"]) == []
        added = await one.person.post("/institutions", json={"values": values})
        assert added["numbers"]["uscc"] == values["uscc"]
        same = {"values": {**values, "name": f" {values['name']}", "uscc": values["uscc"].lower()}}

        async def refused() -> Refused:
            with pytest.raises(Refused) as problem:
                await other.person.post("/institutions", json=same)
            assert problem.value.status == 409
            return problem.value

        free = await refused()
        assert (free.code, free.problem["record_id"]) == ("record-exists-free", added["record_id"])
        await account_approved(one)
        await granted(one, await letter(one, [added["record_id"]]))
        maintained = await refused()
        assert (maintained.code, "record_id" in maintained.problem) == ("record-exists-maintained", False)
        [line] = (await other.person.get("/institutions", params={"query": values["uscc"]}))["items"]
        assert (line["exists"], line["mine"]) == ("maintained", False)
        # One number more or less is another institution.
        different = {**values, "licence_number": values_of(one, "另一家")["licence_number"]}
        second = await other.person.post("/institutions", json={"values": different})
        assert second["record_id"] != added["record_id"]


@pytest.mark.requirement("AUT-2")
async def test_two_people_adding_the_same_institution_at_once_make_one(platform: Platform) -> None:
    async with a_journey(platform) as one, a_journey(platform) as two:
        await one.register()
        await two.register()
        same = {"values": values_of(one, one.name)}
        answers = await asyncio.gather(
            *(each.person.post("/institutions", json=same) for each in (one, two)), return_exceptions=True
        )
        [added] = [answer for answer in answers if isinstance(answer, dict)]
        [refused] = [answer for answer in answers if isinstance(answer, Refused)]
        assert (refused.status, refused.code) == (409, "record-exists-free")
        assert refused.problem["record_id"] == added["record_id"]
        other = (one, two)[answers.index(refused)]
        with pytest.raises(Refused) as hidden:
            await other.person.get(f"/institutions/{added['record_id']}")
        assert hidden.value.status == 404


@pytest.mark.requirement("AUT-3")
async def test_an_institution_without_credit_code_says_so_and_attaches_an_explanation(platform: Platform) -> None:
    async with a_journey(platform) as one:
        await one.register()
        without = {key: value for key, value in values_of(one, one.name).items() if key != "uscc"}

        async def refused(values: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
            with pytest.raises(Refused) as problem:
                await one.person.post("/institutions", json={"values": values, **more})
            assert problem.value.status == 422
            return [(each["field"], each["code"]) for each in problem.value.problem["errors"]]

        receipt = await explanation(one.person)
        assert await refused(without) == [("uscc", "missing")]
        assert await refused({**without, "uscc_absent": True}) == [("explanation", "missing")]
        attached = {"attachments": {"explanation": receipt}}
        # An individual business waits until its licence bears a code.
        individual = {**without, "uscc_absent": True, "economic_type": "175"}
        assert await refused(individual, **attached) == [("uscc_absent", "uscc-needed")]
        with pytest.raises(Refused) as drugstore:
            await one.person.post("/pharmacies", json={"values": without})
        wrong = {each["field"]: each["code"] for each in drugstore.value.problem["errors"]}
        assert wrong["uscc"] == "pharmacy-uscc-required"
        added = await one.person.post(
            "/institutions", json={"values": {**without, "uscc_absent": True}, **attached}
        )
        assert added["numbers"]["uscc"] is None
        assert list(added["attachments"]) == ["explanation"]


@pytest.mark.requirement("AUT-8")
async def test_a_returned_letter_says_why_and_after_approval_the_maintainer_works(platform: Platform) -> None:
    async with a_journey(platform) as one:
        await one.register()
        await one.add_institution()
        record = f"/institutions/{one.institution['record_id']}"
        change = {"version": 1, "values": {"address": "和平路8号"}, "attachments": {}}
        nation = await one.known("nation.reviewer").sign_in()
        await account_approved(one)
        authorisation = await letter(one, one.entrusted)
        path = f"/authorisations/{authorisation['authorisation_id']}"
        with pytest.raises(Refused) as early:
            await one.person.put(record, json=change)
        assert (early.value.status, early.value.code) == (403, "scope-required")
        reasons = [{"field": "scan", "reason": "盖章不清晰，请重新盖章。"}]
        await decide(nation, authorisation["authorisation_id"], "return", reasons=reasons)
        returned = await one.person.until(path, lambda seen: seen["state"] == "returned")
        case = await one.person.get(f"/subjects/{authorisation['authorisation_id']}/case")
        assert case["reasons"] == reasons
        # It is mended under the same number, without registering again.
        narrower = {"version": returned["version"], "scopes": ["institution"], "provider_ids": one.entrusted}
        again = await scanned(one, await one.person.put(path, json=narrower))
        assert (again["letter_number"], again["submission"]) == (authorisation["letter_number"], 2)
        assert (await granted(one, again))["state"] == "approved"
        changed = await one.person.put(record, json=change)
        assert changed["values"]["address"] == "和平路8号"


@pytest.mark.requirement("AUT-9")
async def test_an_authorised_maintainer_adds_a_further_institution_later(platform: Platform) -> None:
    async with a_journey(platform) as one:
        await one.register()
        await account_approved(one)
        first = await add(one, one.name)
        await granted(one, await letter(one, [first["record_id"]]))
        second = await add(one, f"{one.name}第二门诊部")
        mine = {
            each["record_id"]: each["scopes"] for each in (await one.person.get("/institutions/mine"))["items"]
        }
        assert mine == {first["record_id"]: SCOPES, second["record_id"]: []}
        body = {"version": second["version"], "values": {"address": "和平路9号"}}
        with pytest.raises(Refused) as closed:
            await one.person.put(f"/institutions/{second['record_id']}", json=body)
        assert (closed.value.status, closed.value.code) == (403, "scope-required")
        # A letter for the second one alone opens it, and leaves the first as it is.
        authorisation = await granted(one, await letter(one, [second["record_id"]]))
        assert [each["provider_id"] for each in authorisation["providers"]] == [second["record_id"]]
        mine = {
            each["record_id"]: each["scopes"] for each in (await one.person.get("/institutions/mine"))["items"]
        }
        assert mine == {first["record_id"]: SCOPES, second["record_id"]: SCOPES}
        for record in (first, second):
            changed = await one.person.put(
                f"/institutions/{record['record_id']}",
                json={"version": record["version"], "values": {"address": "和平路9号"}},
            )
            assert changed["values"]["address"] == "和平路9号"
