"""The main journey: from a person without an account to a coded institution with an agreement in force.

Each method is one step of it and reads like what the people do; all of it goes through the gateway's HTTP
door. `place` decides the province; `waits_for_agreement` which policy of COD-2 is shown.
"""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import uuid4

import aiohttp

from deploy.laptop.demo.person import NeverCame, Person
from deploy.laptop.demo.places import Place
from deploy.laptop.demo.reporter import Reporter
from deploy.laptop.demo.sample_files import Numbers, as_pdf, as_photo, identity_number, picture, today
from deploy.laptop.demo.scan_simulation import stamp_and_scan

RETURNED_AT = 1
SCOPES = ["institution", "physician", "nurse"]
HOSPITAL, TOWNSHIP_CENTRE = "A100", "C220"


@dataclass(slots=True)
class Journey:
    """One provider's way through the platform: an institution's, unless a kind of its own says otherwise."""

    collection: ClassVar[str] = "institutions"
    noun: ClassVar[tuple[str, str]] = ("机构", "institution")
    scopes: ClassVar[Sequence[str]] = SCOPES
    certificate: ClassVar[str] = "事业单位法人证书"
    licence: ClassVar[str] = "医疗机构执业许可证"
    agreed: ClassVar[str] = "定点医疗机构服务协议"

    http: aiohttp.ClientSession
    description: dict[str, Any]
    place: Place
    reporter: Reporter
    waits_for_agreement: bool = False
    returned_once: bool = True
    seed: int = field(default_factory=lambda: uuid4().int)
    prefix: str = ""
    person: Person = field(init=False)
    chance: random.Random = field(init=False)
    institution: dict[str, Any] = field(default_factory=dict)
    authorisation: dict[str, Any] = field(default_factory=dict)
    agreement: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Draws this journey's person and numbers."""
        self.chance = random.Random(self.seed)  # noqa: S311 - sample data, no secret
        username = f"clerk{self.chance.randrange(16**10):010x}"
        self.person = self._somebody(username, f"Demo-{self.chance.randrange(16**12):012x}")

    async def play(self) -> dict[str, Any]:
        """All steps in order; answers the institution as its maintainer sees it at the end."""
        for step in (
            self.register,
            self.add_institution,
            self.authorise,
            self.nation_approves_mandate,
            self.fill_in,
            self.review,
            self.receive_code,
            self.agree,
        ):
            await step()
        return self.institution

    async def register(self) -> None:
        """A person registers, signs in and files the account with its papers (ACC-1, ACC-2, ACC-3)."""
        number = identity_number(self.place.county, self.chance)
        await self.person.post("/accounts", json=self._registration(number))
        await self.person.sign_in()
        card = picture("居民身份证（样本）", [f"姓名　{self.place.person}", f"公民身份号码　{number}"])
        back = picture("居民身份证（样本）", ["签发机关　样本公安局", "有效期限　长期"])
        attachments = {
            "id_card_front": await self._photo(card, "身份证正面.jpg"),
            "id_card_back": await self._photo(back, "身份证背面.jpg"),
            "certificate": await self._pdf(picture(f"{self.certificate}（样本）", [self.name]), "机构证书.pdf"),
        }
        account = await self.person.post("/accounts/current/submission", json=attachments)
        self._report("1", "注册账号并提交审核", "account registered and submitted", state=account["state"])

    async def add_institution(self) -> None:
        """The provider is not found, so it is added (AUT-1, AUT-2)."""
        numbers = self.numbers()
        found = await self.person.get(f"/{self.collection}", params={"query": numbers.uscc})
        if found["items"]:
            raise NeverCame(f"{numbers.uscc} is on record already")
        given = {
            "name": self.name,
            "uscc": numbers.uscc,
            "licence_number": numbers.licence_number,
            "pooling_region": self.place.county,
        }
        self.institution = await self.person.post(f"/{self.collection}", json={"values": given})
        zh, en = self.noun
        self._report("2", f"检索不到{zh}，自行新增", f"{en} not found, added", name=self.name, uscc=numbers.uscc)

    async def authorise(self) -> None:
        """The letter is made, printed, stamped, scanned askew, and recognised (AUT-5, AUT-6)."""
        self.authorisation = await self.person.post("/authorisations", json=self.mandate)
        path = f"/letters/{self.authorisation['authorisation_id']}"
        await self.person.until(path, lambda letter: letter["letter_number"])
        letter, again = await asyncio.gather(*(self.person.get(f"{path}/content") for _ in range(2)))
        if letter != again:
            raise NeverCame("the same letter twice")
        self._report(
            "3a", "生成授权书", "letter made", letter=self.authorisation["letter_number"], bytes=len(letter)
        )
        scans = await asyncio.to_thread(stamp_and_scan, letter, seed=self.seed % 2**31)
        scan = await self.person.upload(f"{path}/scans", scans[0], "image/jpeg", "授权书盖章扫描件.jpg")
        self._report(
            "3b", "盖章扫描件已识别", "stamped scan recognised", recognised=scan["recognised"], by=scan["found_by"]
        )

    async def nation_approves_mandate(self) -> None:
        """The nation's reviewer approves the account and the authorisation (ACC-2, AUT-8)."""
        nation = await self.known("nation.reviewer").sign_in()
        for subject in (self.person.account["account_id"], self.authorisation["authorisation_id"]):
            await self._decide(nation, subject, {"decision": "approve"})
        await self.person.until("/accounts/current", lambda account: account["state"] == "approved")
        path = f"/authorisations/{self.authorisation['authorisation_id']}"
        await self.person.until(path, lambda one: one["state"] == "approved")
        self._report("4", "国家审核通过账号和授权", "the nation approved account and authorisation")

    async def fill_in(self, *, submit: bool = True) -> None:
        """The record is filled in, files attached, submitted, and locked (INS-1, 2, 3, 7, 12)."""
        sealed = [self.name, f"有效期至 2030-12-31 · {today()}"]
        attachments = {
            "certificate": await self._pdf(picture(f"{self.certificate}（样本）", sealed), "证照.pdf"),
            "licence": await self._photo(picture(f"{self.licence}（样本）", sealed), "许可证.jpg"),
        }
        self.institution = await self._own_institution()
        await self._save(self.values(), attachments)
        if not submit:
            return
        await self._submit()
        self._report(
            "5", f"填写{self.noun[0]}信息并提交，信息锁定", "record filled in, submitted, locked", locked=True
        )

    async def review(self) -> None:
        """County, city, province and nation approve; the city returns it once, and it is mended (REV-1, 3, 7)."""
        reviewers = [self.known(username) for username in self.place.usernames("reviewer")]
        levels = [await one.sign_in() for one in [*reviewers, self.known("nation.reviewer")]]
        returned = not self.returned_once
        position = 0
        while position < len(levels):
            if position == RETURNED_AT and not returned:
                returned = True
                await self._return_and_mend(levels[position])
                position = 0
                continue
            case = await self._decide(levels[position], self.institution["record_id"], {"decision": "approve"})
            self._report("6", "审核通过，逐级上报", "approved", by=levels[position].username, now=case["stage"])
            position += 1

    async def _return_and_mend(self, reviewer: Person) -> None:
        reasons = [{"field": "hi_contact_phone", "reason": "请填写医保办的分机号，而不只是总机。"}]
        record_id = self.institution["record_id"]
        await self._decide(reviewer, record_id, {"decision": "return", "reasons": reasons})
        self.institution = await self.person.until(self._record, lambda one: one["state"] == "returned")
        case = await self.person.get(f"/subjects/{record_id}/case")
        self._report("6", "退回，逐项说明原因", "returned with reasons by field", reasons=case["reasons"])
        await self._save({**self.values(), "hi_contact_phone": "0399-80000000转8001"}, {})
        await self._submit()
        self._report(
            "6", "更正后重新提交", "mended and submitted again", submission=self.institution["submission"]
        )

    async def receive_code(self) -> None:
        """The code comes by itself, or the record waits for an agreement (COD-1, COD-2, COD-3)."""
        path = self._record
        wanted = "awaiting-agreement" if self.waits_for_agreement else "assigned"
        self.institution = await self.person.until(path, lambda one: one["code_state"] == wanted)
        if self.waits_for_agreement:
            self._report("7", "审核通过，等待协议后赋码", "approved, the code waits for an agreement")
        else:
            self._report("7", "系统自动赋码", "code assigned by itself", code=self.institution["code"])

    async def agree(self) -> None:
        """An agreement is added, confirmed by the agency and entered into the library (AGR-1, 2, 7)."""
        city = self.place.units[1]
        agencies = await self.person.get("/agencies", params={"region": city[0], "name": city[1]})
        agency_id = agencies["items"][0]["unit_id"]
        text = picture(f"医疗保障{self.agreed}（样本）", [f"甲方　{city[1]}", f"乙方　{self.name}"])
        self.agreement = await self._add_agreement(agency_id, await self._pdf(text, "协议首页及签章页.pdf"))
        path = f"/agreements/{self.agreement['agreement_id']}"
        agency = await self.known(self.place.usernames("maintainer")[1]).sign_in()
        seen = await agency.until(path, lambda one: one["state"] == "to_confirm")
        await agency.post(f"{path}/confirmation", json={"version": seen["version"]})
        self._report("8a", "经办机构确认协议", "the agency confirmed the agreement", agency=city[1])
        entered = await self.person.until(path, lambda one: one["entered_at"])
        self._report("8b", "定时自动入库", "entered into the official library", at=entered["entered_at"])
        record = self._record
        self.institution = await self.person.until(record, lambda one: one["code_state"] == "assigned")
        if self.waits_for_agreement:
            self._report(
                "8c", "协议确认后自动赋码", "code assigned after the agreement", code=self.institution["code"]
            )

    async def timeline(self) -> list[dict[str, Any]]:
        """What happened to the provider's case, as its maintainer reads it."""
        case = await self.person.get(f"/subjects/{self.institution['record_id']}/case")
        return list(case["timeline"])

    @property
    def entrusted(self) -> list[str]:
        """The providers that the letter is about."""
        return [self.institution["record_id"]]

    @property
    def mandate(self) -> dict[str, Any]:
        """What the letter says: the parts of which providers."""
        return {"scopes": list(self.scopes), "provider_ids": self.entrusted}

    @property
    def _record(self) -> str:
        return f"/{self.collection}/{self.institution['record_id']}"

    @property
    def kind(self) -> str:
        """The type of institution (WS 218)."""
        return TOWNSHIP_CENTRE if self.waits_for_agreement else HOSPITAL

    @property
    def name(self) -> str:
        """The institution's name."""
        return self.place.institutions[self.seed % len(self.place.institutions)]

    def numbers(self) -> Numbers:
        """The numbers of its certificates."""
        return Numbers.of_institution(self.place.county, self.kind, self.chance)

    def values(self) -> dict[str, Any]:
        """The record as its maintainer fills it in."""
        return {
            "legal_name": self.name,
            "short_name": self.name[-6:],
            "licence_expires_on": "2030-12-31",
            "institution_type": self.kind,
            "level": "9" if self.waits_for_agreement else "3",
            "grade": None if self.waits_for_agreement else "2",
            "economic_type": "100",
            "operating_nature": "1",
            "affiliation": "62" if self.waits_for_agreement else "40",
            "address_division": self.place.county,
            "address": "和平路1号",
            "pooling_region": self.place.county,
            "pooling_level": "3",
            "legal_representative": "郑明远",
            "person_in_charge": "郑明远",
            "hi_contact_name": self.place.person,
            "hi_contact_phone": "0399-80000000",
            "uses_electronic_credential": True,
        }

    def terms(self) -> dict[str, Any]:
        """What is particular to the agreement of its kind."""
        level = "9" if self.waits_for_agreement else "3"
        return {"agreement_type": "1", "charging_level": level, "service_scope": ["1"]}

    async def _save(self, values: dict[str, Any], attachments: dict[str, str]) -> None:
        path = self._record
        wanted = {"version": self.institution["version"], "values": values, "attachments": attachments}
        self.institution = await self.person.put(path, json=wanted)

    async def _submit(self) -> None:
        path = f"{self._record}/submission"
        self.institution = await self.person.post(path, json={"version": self.institution["version"]})

    async def _own_institution(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.person.get(self._record)
        return found

    async def _decide(self, reviewer: Person, subject: str, decision: dict[str, Any]) -> dict[str, Any]:
        """The reviewer finds the case in the own work list and decides."""
        case = await reviewer.until(
            f"/subjects/{subject}/case", lambda one: decision["decision"] in one["actions"]
        )
        wanted = {"version": case["version"], "reasons": [], "note": "", **decision}
        decided: dict[str, Any] = await reviewer.post(f"/cases/{case['case_id']}/decisions", json=wanted)
        return decided

    async def _add_agreement(self, agency_id: str, attachment: str) -> dict[str, Any]:
        agreement: dict[str, Any] = await self.person.post(
            "/agreements",
            json={
                "provider_id": self.institution["record_id"],
                "agency_id": agency_id,
                "values": {
                    "name": self.agreed,
                    "sign_year": 2026,
                    "signed_on": "2026-01-05",
                    "begins_on": "2026-01-01",
                    "ends_on": "2027-12-31",
                    "service_objects": ["310", "390"],
                    **self.terms(),
                },
                "attachment": attachment,
            },
        )
        return agreement

    async def _photo(self, page: Any, name: str) -> str:
        return str((await self.person.upload("/documents", as_photo(page), "image/jpeg", name))["receipt"])

    async def _pdf(self, page: Any, name: str) -> str:
        return str((await self.person.upload("/documents", as_pdf(page), "application/pdf", name))["receipt"])

    def _registration(self, id_number: str) -> dict[str, Any]:
        questions = ("您第一所学校的名称？", "您母亲的出生地？", "您最喜欢的书？")
        return {
            "username": self.person.username,
            "password": self.person.password,
            "name": self.place.person,
            "id_number": id_number,
            "phone": "0399-80000000",
            "region": self.place.county,
            "security_questions": [{"question": one, "answer": f"样本答案{one[1:4]}"} for one in questions],
        }

    def _somebody(self, username: str, password: str) -> Person:
        return Person(self.http, self.description["gateway"], username, password)

    def known(self, username: str) -> Person:
        """Somebody who has an account already."""
        account = next(one for one in self.description["accounts"] if one["username"] == username)
        return self._somebody(username, account["password"])

    def _report(self, number: str, zh: str, en: str, **facts: Any) -> None:
        self.reporter.step(f"{self.prefix}{number}", zh, en, **facts)
