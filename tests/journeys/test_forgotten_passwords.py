"""Forgotten passwords: reset by who knows the answers, or by a unit of the region."""

from typing import Any

import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person, Refused
from deploy.laptop.stack.platform import Platform
from tests.journeys.test_accounts import QUESTIONS, refused
from tests.platforms import a_journey

pytestmark = pytest.mark.xdist_group("platform")

NEW = "Another-1900-word"


async def answered(one: Journey, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """One attempt, however it is answered: a person of the journey would try again when there are too many."""
    url = f"{one.description['gateway']}/api/v1{path}"
    async with one.http.post(url, json=body) as answer:
        return answer.status, await answer.json(content_type=None) if answer.status >= 400 else {}


async def registered(one: Journey) -> tuple[str, list[str]]:
    """The path of a clerk who has an account and a session, and the answers to the security questions."""
    await one.register()
    return f"/accounts/{one.person.username}", [f"样本答案{each[1:4]}" for each in QUESTIONS]


@pytest.mark.requirement("ACC-5")
async def test_a_forgotten_password_is_reset_by_the_security_questions(platform: Platform) -> None:
    async with a_journey(platform) as one, a_journey(platform) as nobody:
        path, answers = await registered(one)
        asked = await one.person.get(f"{path}/security-questions")
        assert asked == {"questions": list(QUESTIONS)}
        # Whoever guesses usernames learns nothing from the questions, nor from the answer to an attempt.
        unknown = f"/accounts/{nobody.person.username}"
        first, again = [await one.person.get(f"{unknown}/security-questions") for _ in range(2)]
        assert first == again
        assert len(set(first["questions"])) == 3
        wrong = {"new": NEW, "answers": [*answers[:2], "不记得了"]}
        for attempt in (path, unknown):
            status, problem = await answered(one, f"{attempt}/password-reset", wrong)
            assert (status, problem["code"]) == (403, "reset-refused")
        status, problem = await answered(one, f"{path}/password-reset", {"new": "12345678", "answers": answers})
        assert (status, [each["field"] for each in problem["errors"]]) == (422, ["new"])
        # Answers are compared as names are: width, spaces and punctuation do not matter.
        typed = [f"　{answer} 。" for answer in answers]
        assert (
            await answered(
                one,
                f"{path.upper().replace('/ACCOUNTS', '/accounts')}/password-reset",
                {"new": NEW, "answers": typed},
            )
        )[0] == 204
        # The session that was open elsewhere is over, the old password too.
        await ended(one.person)
        assert (await refused(one.person.sign_in())).code == "credentials-wrong"
        one.person.password = NEW
        assert (await one.person.sign_in()).account["name"] == "周立平"


@pytest.mark.requirement("ACC-5")
async def test_answers_are_guessed_a_few_times_and_no_more(platform: Platform) -> None:
    async with a_journey(platform) as one:
        path, answers = await registered(one)
        encoded = path.replace("clerk", "%63LERK")
        guesses = [
            await answered(one, f"{each}/password-reset", {"new": NEW, "answers": ["一", "二", "三"]})
            for each in (path, encoded, path, encoded, path, encoded)
        ]
        assert [problem["code"] for _, problem in guesses] == ["reset-refused"] * 5 + ["too-many-requests"]
        # The right answers too wait by now.
        status, _ = await answered(one, f"{path}/password-reset", {"new": NEW, "answers": answers})
        assert status == 429


async def ended(person: Person, path: str = "/accounts/current") -> None:
    """Waits until the person's session, which may read this path, is over."""
    with pytest.raises(Refused) as over:
        await person.until(path, lambda _: False)
    assert over.value.status == 401


@pytest.mark.requirement("ACC-6")
async def test_a_unit_finds_accounts_of_its_region_and_resets_their_passwords(platform: Platform) -> None:
    async with a_journey(platform) as one:
        path, _ = await registered(one)
        account = one.person.account
        number = one.person.username

        async def found(unit: Person, words: str) -> list[str]:
            page = await unit.get("/accounts", params={"query": words})
            return [each["account_id"] for each in page["items"]]

        county, city, elsewhere = [
            await one.known(f"{short}.maintainer").sign_in() for short in ("yuhu", "xiangtan", "tongshan")
        ]
        reset = f"/accounts/{account['account_id']}/one-time-password"
        for unit in (county, city):
            assert await found(unit, number.upper()) == [account["account_id"]]
            assert account["account_id"] in await found(unit, " 周立平 ")
        every = (await county.get("/accounts", params={"limit": "200"}))["items"]
        assert {each["region"] for each in every} == {"430302"}
        [line] = [each for each in every if each["account_id"] == account["account_id"]]
        assert (line["name"], line["state"], "0399-80000000" in str(line)) == ("周立平", "submitted", False)
        assert await found(elsewhere, number) == []
        assert (await refused(elsewhere.post(reset))).status == 404
        assert (await refused((await one.known("yuhu.reviewer").sign_in()).post(reset))).code == "role-required"
        own = f"/accounts/{county.account['account_id']}/one-time-password"
        assert (await refused(county.post(own))).code == "own-password-is-changed"
        [above] = [
            each["account_id"]
            for each in (await city.get("/accounts", params={"query": "xiangtan.reviewer"}))["items"]
        ]
        assert (await refused(county.post(f"/accounts/{above}/one-time-password"))).status == 404
        given = await county.post(reset)
        # The sessions end, the old password is void, and the one-time password opens none.
        await ended(one.person)
        assert (await refused(one.person.sign_in())).code == "credentials-wrong"
        one.person.password = given["one_time_password"]
        signing_in = await refused(one.person.sign_in())
        assert (signing_in.status, signing_in.code) == (403, "password-change-required")
        [line] = (await county.get("/accounts", params={"query": number}))["items"]
        assert line["one_time_until"] == given["valid_until"]
        proof = {"new": NEW, "one_time_password": given["one_time_password"].lower()}
        wrong = {**proof, "one_time_password": "3333-3333-3333"}
        assert (await answered(one, f"{path}/password-reset", wrong))[1]["code"] == "reset-refused"
        assert (await answered(one, f"{path}/password-reset", proof))[0] == 204
        assert (await answered(one, f"{path}/password-reset", proof))[1]["code"] == "reset-refused"
        one.person.password = NEW
        await one.person.sign_in()
        [line] = (await county.get("/accounts", params={"query": number}))["items"]
        assert line["one_time_until"] is None
