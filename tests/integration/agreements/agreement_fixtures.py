"""A provider, its maintainer and agencies, as the agreements service receives them by events."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aiohttp

from shared.clock import utc_now
from shared.contracts.coding.events import CodeAssigned, CodeKind
from shared.contracts.event import Event
from shared.contracts.registry.events import (
    MaintainersChanged,
    ProviderApproved,
    Scope,
    UnitRegistered,
)
from shared.identifiers.regions import level_of
from shared.ids import new_id
from shared.security.caller import Caller, Role
from shared.security.receipts import Receipt, signed_receipt
from shared.security.tokens import Signer
from tests.environment import Environment, a_caller, until
from tests.provider_events import maintainers_changed


@dataclass(frozen=True, slots=True)
class Hospital:
    """A provider with its maintainer, and the events about it."""

    name: str
    region: str = "430302"
    code: str = "H43030200001"
    provider_id: UUID = field(default_factory=new_id)
    maintainer: Caller = field(default_factory=lambda: a_caller(Role.MAINTAINER, "430302"))

    @property
    def approved(self) -> ProviderApproved:
        """The nation's approval."""
        return ProviderApproved(
            subject_id=self.provider_id,
            subject_version=3,
            region=self.region,
            name=self.name,
            legal_name=self.name,
            uscc=None,
            licence_number=None,
            provider_type="A100",
            kind="institution",
            approved_at=utc_now(),
        )

    @property
    def coded(self) -> CodeAssigned:
        """Its code."""
        return CodeAssigned(
            subject_id=self.provider_id,
            subject_version=2,
            region=self.region,
            kind=CodeKind.INSTITUTION,
            code=self.code,
            name=self.name,
            assigned_at=utc_now(),
        )

    def maintained(
        self, *others: tuple[Caller, Scope], by: Caller | None = None, version: int = 1
    ) -> MaintainersChanged:
        """Who maintains it: one account the provider itself, others other parts."""
        parts = [(one.account_id, scope) for one, scope in others]
        return maintainers_changed(
            self.provider_id, version, self.region, (by or self.maintainer).account_id, *parts
        )

    @property
    def events(self) -> Sequence[Event]:
        """The events that prepare it for agreements, in an unusual order."""
        return (self.coded, self.maintained(), self.approved)


def registered(agent: Caller, name: str) -> UnitRegistered:
    """The registration of an agency account's unit."""
    return UnitRegistered(
        subject_id=agent.unit_id or new_id(),
        subject_version=1,
        region=agent.region,
        name=name,
        level=level_of(agent.region),
    )


def receipt(environment: Environment, caller: Caller, name: str = "协议.pdf") -> str:
    """The receipt of a PDF that a caller has uploaded."""
    given = Receipt(document_id=new_id(), owner=caller.account_id, name=name, pages=3, sha256="0" * 64)
    return signed_receipt(Signer(environment.secrets / "receipt.private.pem", "receipt"), given)


def form(**more: Any) -> dict[str, Any]:
    """A body with a year's terms; members that are not fields of the form are beside its values."""
    terms = {
        "agreement_type": "1",
        "name": "2026年度定点医疗机构服务协议",
        "sign_year": 2026,
        "signed_on": "2025-12-20",
        "begins_on": "2026-01-01",
        "ends_on": "2099-12-31",
        "charging_level": "3",
        "service_objects": ["310", "390"],
        "service_scope": ["1"],
        "memo": "",
    }
    values = {name: more.pop(name, value) for name, value in terms.items()}
    return {"values": values, **more}


async def answered(answer: Any, status: int) -> Any:
    """The body of an answer that has this status."""
    async with answer as response:
        assert response.status == status, await response.text()
        return None if status == 204 else await response.json()


@dataclass(slots=True)
class AgreementScene:
    """A hospital and the city's agency, each with its client."""

    environment: Environment
    hospital: Hospital
    agent: Caller
    provider: aiohttp.ClientSession
    agency: aiohttp.ClientSession

    def new(self, caller: Caller | None = None, **more: Any) -> dict[str, Any]:
        """The body that adds an agreement."""
        return form(
            provider_id=str(self.hospital.provider_id),
            agency_id=str(self.agent.unit_id),
            attachment=receipt(self.environment, caller or self.hospital.maintainer),
            **more,
        )

    async def submitted(self, **more: Any) -> Any:
        """An agreement that the provider has submitted."""
        return await answered(self.provider.post("/agreements", json=self.new(**more)), 201)

    async def confirmed(self, agreement: Any) -> Any:
        """The same, confirmed by the agency."""
        path = f"/agreements/{agreement['agreement_id']}/confirmation"
        return await answered(self.agency.post(path, json={"version": agreement["version"]}), 200)

    async def read(self, agreement: Any) -> Any:
        """The agreement as the provider reads it."""
        return await answered(self.provider.get(f"/agreements/{agreement['agreement_id']}"), 200)


@asynccontextmanager
async def agreement_scene(environment: Environment, **settings: Any) -> AsyncIterator[AgreementScene]:
    """Runs the service with a hospital and the city's agency on record."""
    hospital, agent = Hospital("湘潭市中心医院"), a_caller(Role.AGENCY, "430300")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(
            environment.running("agreements", **{"library_run_seconds": 0.2, **settings})
        )
        clients = [
            await stack.enter_async_context(environment.client("agreements", caller))
            for caller in (hospital.maintainer, agent)
        ]
        await environment.publish(*hospital.events, registered(agent, "湘潭市医疗保障局"))
        one = AgreementScene(environment, hospital, agent, *clients)
        await known(one, hospital)
        yield one


async def known(one: AgreementScene, hospital: Hospital) -> None:
    """Waits until the hospital and the agency are on record."""

    async def look() -> bool:
        async with one.environment.client("agreements", hospital.maintainer) as client:
            found = await answered(client.get("/agreements/providers"), 200)
            agencies = await answered(client.get("/agencies", params={"region": "430000"}), 200)
        return any(item["code"] for item in found["items"]) and bool(agencies["items"])

    await until(look, what="the hospital and the agency")
