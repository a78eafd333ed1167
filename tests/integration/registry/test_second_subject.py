"""A second kind of record, defined here in a few lines: it gets all that institutions have."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from services.registry import consumers
from services.registry.composition import MIGRATIONS
from services.registry.composition import compose as compose_registry
from services.registry.dictionaries import DICTIONARIES
from services.registry.records.routes import routes_for
from services.registry.records.rules import Copy, Record
from services.registry.records.subject import Subject
from services.registry.settings import RegistrySettings
from shared.contracts.event import Event
from shared.contracts.registry.events import ProviderApproved, Scope
from shared.contracts.review.events import CaseApproved, CaseOpened
from shared.forms.conditions import ALWAYS
from shared.forms.form import AttachmentField, Field, Form
from shared.forms.kinds import Choice, CreditCode, InsuranceRegion, LicenceNumber, Name, Phone
from shared.ids import new_id
from shared.postgres.migrate import migrate
from shared.postgres.transaction import Transaction
from shared.security.caller import Role
from shared.service import Endpoints, Foundation, Service
from tests.environment import Environment, a_caller, until
from tests.integration.registry.scenes import a_case_event, a_maintainer, a_receipt, answer_of, reads

FORM = Form(
    kind="pharmacy",
    edition="1",
    zh="零售药店",
    en="Retail pharmacy",
    fields=(
        Field("name", "rtal_phac_name", "药店名称", "Pharmacy name", Name(255), ALWAYS, in_drafts=True),
        Field("uscc", "uscc", "统一社会信用代码", "Credit code", CreditCode(), ALWAYS),
        Field("licence_number", "drug_lic_no", "药品经营许可证号", "Drug licence", LicenceNumber(), ALWAYS),
        Field("region", "admdvs", "医保区划", "Region", InsuranceRegion(), ALWAYS, in_drafts=True),
        Field("economic_type", "econ_type", "经济类型", "Economic type", Choice("economic_type"), ALWAYS),
        Field("phone", "tel", "联系电话", "Phone", Phone(), ALWAYS, private=True),
    ),
    attachments=(AttachmentField("licence", "drug_lic_doc", "许可证", "Licence", ALWAYS),),
)
VALUES = {
    "name": "湘潭市平安大药房",
    "uscc": "12430300445302343Q",
    "licence_number": "AA7310001",
    "region": "430302",
}


async def on_approved(tx: Transaction, record: Record, submitted: Copy) -> Event | None:
    """Others learn of the pharmacy."""
    values = submitted.values
    return ProviderApproved(
        subject_id=record.record_id,
        subject_version=record.event_version,
        region=record.region,
        kind="pharmacy",
        name=values["name"],
        legal_name=values["name"],
        uscc=values["uscc"],
        licence_number=values["licence_number"],
        provider_type=values["economic_type"],
        approved_at=tx.now,
    )


PHARMACY = Subject(
    form=FORM,
    collection="pharmacies",
    scope=Scope.PHARMACY,
    dictionaries=DICTIONARIES,
    region="region",
    numbers=("uscc", "licence_number"),
    added_with=frozenset({"name", "uscc", "licence_number", "region"}),
    on_approved=on_approved,
)


async def compose(foundation: Foundation[RegistrySettings]) -> Endpoints:
    """A registry with one kind more."""
    endpoints = await compose_registry(foundation)
    subscriptions = consumers.subscriptions_for({PHARMACY.kind: PHARMACY})
    return replace(endpoints, routes=[*endpoints.routes, routes_for(PHARMACY)], subscriptions=subscriptions)


@asynccontextmanager
async def registry_with_pharmacies(environment: Environment) -> AsyncIterator[None]:
    """The registry, with the tables of pharmacies."""
    service = Service("registry", RegistrySettings, MIGRATIONS, compose)
    owner = environment.dsn("registry", owner=True)
    await migrate(owner, "registry", MIGRATIONS)
    connection = await asyncpg.connect(owner, server_settings={"search_path": "registry"})
    await connection.execute("SELECT make_record_tables('pharmacy')")
    await connection.close()
    async with service.running(RegistrySettings(**environment.settings("registry"))):
        yield


async def maintained(environment: Environment, account_id: Any, record_id: str) -> None:
    """Makes an account the pharmacy's maintainer."""
    async with environment.postgres("registry") as rows:
        statement = "INSERT INTO maintainer VALUES ($1, $2, 'pharmacy', $3, now())"
        await rows.execute(statement, record_id, account_id, new_id())


async def test_it_is_added_found_changed_submitted_reviewed_and_in_force(environment: Environment) -> None:
    async with registry_with_pharmacies(environment), environment.listening("registry.#") as heard:
        caller = await a_maintainer(environment)
        async with environment.client("registry", caller) as client:
            lacking = {"values": {"name": VALUES["name"], "region": VALUES["region"]}}
            refusal = await answer_of(await client.post("/pharmacies", json=lacking), 422)
            assert {one["field"] for one in refusal["errors"]} == {"uscc", "licence_number"}
            one = await answer_of(await client.post("/pharmacies", json={"values": VALUES}), 201)
            again = await answer_of(await client.post("/pharmacies", json={"values": VALUES}), 409)
            assert (again["code"], again["record_id"]) == ("record-exists-free", one["record_id"])
            found = await answer_of(await client.get("/pharmacies", params={"query": "平安 药房"}), 200)
            assert [each["record_id"] for each in found["items"]] == [one["record_id"]]
            await maintained(environment, caller.account_id, one["record_id"])
            path = f"/pharmacies/{one['record_id']}"
            given = {
                "version": 1,
                "values": {"economic_type": "100", "phone": "0731-58214600"},
                "attachments": {"licence": a_receipt(environment, caller)},
            }
            full = await answer_of(await client.put(path, json=given), 200)
            assert full["missing"] == []
            await answer_of(await client.post(f"{path}/submission", json={"version": full["version"]}), 200)
            for number, event in enumerate((CaseOpened, CaseApproved), start=1):
                await environment.publish(a_case_event(event, "pharmacy", one["record_id"], number))
            approved = await reads(client, path, state="approved", life="in-force")
            assert approved["in_force"]["values"] == full["values"]
            mine = await answer_of(await client.get("/pharmacies/mine"), 200)
            assert [each["scopes"] for each in mine["items"]] == [["pharmacy"]]

        async def told() -> list[str] | None:
            kinds = [kind for kind, data in heard if data.get("kind") == "pharmacy"]
            return kinds if len(kinds) == 3 else None

        assert await until(told, what="the events") == [
            "registry.attachments.changed.v1",
            "registry.submission.filed.v1",
            "registry.provider.approved.v1",
        ]


@pytest.mark.parametrize(("region", "status"), [("430300", 200), ("430304", 404)])
async def test_units_read_the_pharmacies_of_their_region(
    environment: Environment, region: str, status: int
) -> None:
    async with registry_with_pharmacies(environment):
        async with environment.client("registry", a_caller(Role.MAINTAINER, "430302")) as client:
            one = await answer_of(await client.post("/pharmacies", json={"values": VALUES}), 201)
        async with environment.client("registry", a_caller(Role.REVIEWER, region)) as unit:
            await answer_of(await unit.get(f"/pharmacies/{one['record_id']}"), status)
