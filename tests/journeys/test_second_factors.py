"""The second factor of reviewers and units' maintainers: enrolled, compulsory, recovered, reset."""

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pyotp
import pytest

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.person import Person
from deploy.laptop.stack.platform import Platform
from shared.clock import utc_now
from tests.journeys.test_accounts import refused
from tests.journeys.test_forgotten_passwords import ended
from tests.platforms import a_journey

pytestmark = pytest.mark.xdist_group("platform")

OWN, ENROLMENT = "/accounts/current/second-factor", "/accounts/current/second-factor/enrolment"


@dataclass(slots=True)
class Official:
    """Somebody of a unit, and the authenticator on their telephone once they have one."""

    person: Person
    authenticator: pyotp.TOTP | None = None

    def code(self, steps: int = 0) -> str:
        """What the telephone shows; its clock may be a step behind or ahead."""
        assert self.authenticator is not None
        return self.authenticator.at(time.time(), counter_offset=steps)

    async def sign_in(self, code: str | None = None) -> dict[str, Any]:
        """Opens a session; gives what the answer says of it."""
        named = {"username": self.person.username, "password": self.person.password, "code": code}
        session: dict[str, Any] = await self.person.post("/sessions", json=named)
        self.person._token = session["token"]
        return session

    async def enrol(self, code: str | None = None) -> list[str]:
        """Enrols a telephone with the code before its present one, so that the present one still signs in."""
        started = await self.person.post(ENROLMENT, json={"password": self.person.password, "code": code})
        uri = pyotp.parse_uri(started["uri"])
        assert isinstance(uri, pyotp.TOTP)
        assert (uri.secret, uri.name, uri.issuer) == (started["secret"], self.person.username, "Fuma")
        self.authenticator = uri
        shown = await self.person.post(OWN, json={"code": self.code(-1)})
        codes: list[str] = shown["recovery_codes"]
        return codes


async def official(one: Journey, unit: str, role: str) -> Official:
    """A new account of a sample unit, which its own maintainer opens."""
    maintainer = await one.known(f"{unit}.maintainer").sign_in()
    account = {"username": f"{unit}.{uuid4().hex[:10]}", "password": f"Unit-{uuid4().hex}", "role": role}
    path = f"/units/{maintainer.account['unit_id']}/accounts"
    await maintainer.post(path, json={**account, "name": "样本人员"})
    person = Person(one.http, one.description["gateway"], account["username"], account["password"])
    return Official(person)


@pytest.mark.requirement("ACC-11")
async def test_a_reviewer_enrols_and_signs_in_with_each_code_once(platform: Platform) -> None:
    async with a_journey(platform) as one:
        reviewer = await official(one, "xiangtan", "reviewer")
        # Voluntary as long as the nation does not demand it.
        assert (await reviewer.sign_in())["account"]["role"] == "reviewer"
        assert await reviewer.person.get(OWN) == {"confirmed_at": None, "recovery_codes_left": 0}
        wrong = {"password": "not the password"}
        assert (await refused(reviewer.person.post(ENROLMENT, json=wrong))).code == "present-password-wrong"
        recovery_codes = await reviewer.enrol()
        assert len(set(recovery_codes)) == 10
        # The session was opened with the password alone: it is over.
        await ended(reviewer.person)
        password_alone = await refused(reviewer.sign_in())
        assert (password_alone.status, password_alone.code) == (401, "second-factor-required")
        for wrong_code in ("000000" if reviewer.code() != "000000" else "111111", reviewer.code(-1)):
            assert (await refused(reviewer.sign_in(wrong_code))).code == "second-factor-wrong"
        used = reviewer.code()
        session = await reviewer.sign_in(used)
        assert (session["account"]["role"], session["recovery_codes_left"]) == ("reviewer", None)
        assert (await reviewer.person.get("/cases"))["items"] is not None
        assert (await refused(reviewer.sign_in(used))).code == "second-factor-wrong"
        # Without the telephone: a recovery code signs in once and says how many are left.
        assert (await reviewer.sign_in(recovery_codes[0]))["recovery_codes_left"] == 9
        assert (await refused(reviewer.sign_in(recovery_codes[0]))).code == "second-factor-wrong"
        # Another telephone takes a code; the codes of the lost one are void with it.
        without = {"password": reviewer.person.password}
        assert (await refused(reviewer.person.post(ENROLMENT, json=without))).code == "present-factor-required"
        lost = reviewer.authenticator
        renewed = await reviewer.enrol(recovery_codes[1])
        assert lost is not None
        assert (
            await refused(reviewer.sign_in(lost.at(time.time(), counter_offset=1)))
        ).code == "second-factor-wrong"
        assert (await refused(reviewer.sign_in(recovery_codes[2]))).code == "second-factor-wrong"
        await reviewer.sign_in(reviewer.code())
        seen = await reviewer.person.get(OWN)
        assert (seen["recovery_codes_left"], len(renewed), bool(seen["confirmed_at"])) == (10, 10, True)


@pytest.mark.requirement("ACC-11")
async def test_the_superior_unit_resets_a_lost_second_factor(platform: Platform) -> None:
    async with a_journey(platform) as one:
        reviewer = await official(one, "xiangtan", "reviewer")
        await reviewer.sign_in()
        await reviewer.enrol()
        await ended(reviewer.person)
        account = (await reviewer.sign_in(reviewer.code()))["account"]
        reset = f"/accounts/{account['account_id']}/second-factor"
        names = ("yuhu.maintainer", "xuzhou.maintainer", "xiangtan.maintainer", "hunan.reviewer")
        answers = [await refused((await one.known(name).sign_in()).delete(reset)) for name in names]
        assert [answer.code for answer in answers] == [
            *("not-found", "not-found", "superior-unit-required", "role-required"),
        ]
        province = await one.known("hunan.maintainer").sign_in()
        own = f"/accounts/{province.account['account_id']}/second-factor"
        assert (await refused(province.delete(own))).code == "own-factor-is-changed"
        await province.delete(reset)
        await ended(reviewer.person)
        assert (await refused(province.delete(reset))).code == "second-factor-absent"
        # The password alone again, until another telephone is enrolled.
        await reviewer.sign_in()
        await reviewer.enrol()
        await ended(reviewer.person)
        assert (await refused(reviewer.sign_in())).code == "second-factor-required"


@pytest.mark.requirement("ACC-11")
async def test_the_nation_demands_it_of_the_reviewers_of_cities(platform: Platform) -> None:
    async with a_journey(platform) as one:
        city, maintainer = [await official(one, "xiangtan", role) for role in ("reviewer", "agency")]
        county = await official(one, "yuhu", "reviewer")
        path, demanded = "/second-factor-policies/reviewer/city", {"compulsory": True}
        nation = await one.known("nation.maintainer").sign_in()
        province = await one.known("hunan.maintainer").sign_in()
        assert (await refused(province.put(path, json=demanded))).code == "role-required"
        assert (await refused(nation.put("/second-factor-policies/maintainer/city", json=demanded))).status == 404
        past = {**demanded, "effective_from": (utc_now() - timedelta(days=1)).isoformat()}
        [early] = (await refused(nation.put(path, json=past))).problem["errors"]
        assert early["code"] == "effective-in-the-past"
        later = {**demanded, "effective_from": (utc_now() + timedelta(days=365)).isoformat()}
        await nation.put(path, json=later)
        try:
            assert (await city.sign_in())["account"]["role"] == "reviewer"
            policies = await nation.put(path, json=demanded)
            in_force = [(each["role"], each["level"]) for each in policies["items"] if each["compulsory"]]
            assert in_force == [("reviewer", "city")]
            [of_cities] = [each for each in policies["items"] if each["compulsory"]]
            assert [each["set_by"] for each in of_cities["history"][:2]] == [nation.account["account_id"]] * 2
            # Other levels and roles sign in as before, and so do the sample accounts, which are exempt here.
            for other in (county, maintainer):
                assert (await other.sign_in())["account"]["role"] != "enrolling"
            await one.known("xiangtan.reviewer").sign_in()
            # The password opens a session that can do nothing but enrol.
            assert (await city.sign_in())["account"]["role"] == "enrolling"
            for reading in ("/cases", "/accounts/current", "/second-factor-policies", "/agreements"):
                barred = await refused(city.person.get(reading))
                assert (barred.status, barred.code) == (403, "second-factor-enrolment-required")
            await city.enrol()
            await ended(city.person, OWN)
            assert (await city.sign_in(city.code()))["account"]["role"] == "reviewer"
            await city.person.get("/cases")
        finally:
            await nation.put(path, json={"compulsory": False})
