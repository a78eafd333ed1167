"""Sample records of each service, their owner, and valid request bodies for each endpoint."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aiohttp

from shared.ids import new_id
from shared.security.caller import Caller, Role
from shared.web.routes import Endpoint
from tests.environment import a_caller
from tests.integration.agreements import agreement_fixtures
from tests.integration.documents import document_fixtures
from tests.integration.registry import registry_fixtures
from tests.integration.registry.test_imports import imported, people
from tests.integration.registry.test_pharmacies import STORE
from tests.integration.registry.test_staff import ZHANG, nurse, physician
from tests.integration.review.review_fixtures import review_clients
from tests.samples import PHARMACIST_DETAILS
from tests.security.conftest import WatchedEnvironment
from tests.unit.documents.archives import zip_of
from tests.unit.documents.uploads import empty_pdf, pdf_of
from tests.unit.review.filings import NATION, XIANGTAN, YUHU, a_filing, units_at
from tests.workbooks import of_values

ZONE_USCC = "1143034044285656XM"


@dataclass(frozen=True, slots=True)
class Scene:
    """The owner, the records by path parameter, and valid bodies by endpoint.

    `collections` has the records of collections whose paths name another record by the same parameter.
    """

    owner: Caller
    records: dict[str, str]
    bodies: dict[str, Any] = field(default_factory=dict)
    collections: dict[str, dict[str, str]] = field(default_factory=dict)

    def path_to(self, endpoint: Endpoint) -> str:
        """The endpoint's path to its record of the scene."""
        collection = endpoint.path.split("/")[1]
        return endpoint.path.format_map({**self.records, **self.collections.get(collection, {})})


@asynccontextmanager
async def registry(environment: WatchedEnvironment) -> AsyncIterator[Scene]:
    """An account that maintains an institution, a pharmacy and their staff, an import, and a unit."""
    async with environment.running("registry"):
        owner = await registry_fixtures.a_maintainer(environment)
        new = {"values": registry_fixtures.HOSPITAL}
        async with environment.client("registry", owner) as client:
            institution = await registry_fixtures.answer_of(await client.post("/institutions", json=new), 201)
            store = {"values": STORE}
            pharmacy = await registry_fixtures.answer_of(await client.post("/pharmacies", json=store), 201)
            staff = await staff_of(environment, client, owner, institution, pharmacy)
            form = await registry_fixtures.answer_of(await client.get("/forms/nurse"), 200)
            more = of_values(form, people(1))
            workbook = await imported(client, "nurse", more, provider_id=institution["record_id"])
            asked = {"scopes": ["physician"], "provider_ids": [institution["record_id"]]}
            authorisation = await registry_fixtures.answer_of(
                await client.post("/authorisations", json=asked), 201
            )
        async with environment.client("registry", a_caller(Role.AGENCY)) as nation:
            wanted = {"name": "湘潭市医疗保障局", "region": "430300"}
            unit = await registry_fixtures.answer_of(await nation.post("/units", json=wanted), 201)
        of_unit = a_caller(Role.AGENCY, "430300", unit_id=UUID(unit["unit_id"]))
        words = {"title": "消防验收合格证明", "explanation": "全部页面"}
        policy = registry_fixtures.a_receipt(environment, of_unit, "政策.pdf")
        async with environment.client("registry", of_unit) as agency:
            wanted = {"kind": "institution", **words}
            demand = await registry_fixtures.answer_of(await agency.post("/demands", json=wanted), 201)
            zone = {"name": "湘潭高新区", "uscc": ZONE_USCC, "certificate": policy}
            applied = await registry_fixtures.answer_of(await agency.post("/zones", json=zone), 201)
            disease = {"name": "尘肺病", "policy": policy}
            recorded = await registry_fixtures.answer_of(
                await agency.post("/disease-lists/chronic-outpatient", json=disease), 201
            )
        records = {
            "account_id": str(owner.account_id),
            "demand_id": demand["demand_id"],
            "name": "chronic-outpatient",
            "disease_id": recorded["disease_id"],
            "zone_id": applied["zone_id"],
            "record_id": institution["record_id"],
            "authorisation_id": authorisation["authorisation_id"],
            "unit_id": unit["unit_id"],
            "practitioner_id": staff["physicians"]["code_holder_id"],
            "import_id": workbook["import_id"],
            "job_id": workbook["job_id"],
        }
        bodies = {
            **record_bodies("institutions", institution["version"]),
            **record_bodies("pharmacies", pharmacy["version"]),
            **{
                name: body
                for collection, one in staff.items()
                for name, body in record_bodies(collection, one["version"]).items()
            },
            **job_bodies("registry"),
            **record_bodies("institution-number-changes", institution["version"]),
            **record_bodies("pharmacy-number-changes", pharmacy["version"]),
            "POST /accounts/{account_id}/one-time-password": None,
            "DELETE /accounts/{account_id}/second-factor": None,
            "PUT /demands/{demand_id}": words,
            "PUT /zones/{zone_id}": {"name": "湘潭高新区", "uscc": ZONE_USCC, "version": 1},
            "DELETE /disease-lists/{name}/{disease_id}": None,
            "PUT /authorisations/{authorisation_id}": {"version": authorisation["version"], **asked},
            "POST /units/{unit_id}/accounts": {
                "username": "somebody.else",
                "password": "correct horse battery",
                "name": "别人",
                "role": "reviewer",
            },
        }
        collections = {
            "pharmacies": {"record_id": pharmacy["record_id"]},
            **{collection: {"record_id": one["record_id"]} for collection, one in staff.items()},
            "institution-number-changes": await number_change(environment, "institution", institution),
            "pharmacy-number-changes": await number_change(environment, "pharmacy", pharmacy),
        }
        yield Scene(owner, records, bodies, collections)


async def staff_of(
    environment: WatchedEnvironment,
    client: aiohttp.ClientSession,
    owner: Caller,
    institution: dict[str, Any],
    pharmacy: dict[str, Any],
) -> dict[str, dict[str, Any]]:
    """A physician, a nurse and a pharmacist by collection, whose providers the owner maintains from then on."""
    scopes_of = {"institution": ("institution", "physician", "nurse"), "pharmacy": ("pharmacy", "pharmacist")}
    for kind, provider in (("institution", institution), ("pharmacy", pharmacy)):
        await registry_fixtures.authorised(
            environment, client, owner, provider["record_id"], scopes=scopes_of[kind]
        )
    people = {
        "physicians": (institution, physician()),
        "nurses": (institution, nurse()),
        "pharmacists": (pharmacy, {**ZHANG, **PHARMACIST_DETAILS}),
    }
    added = {}
    for collection, (provider, values) in people.items():
        new = {"provider_id": provider["record_id"], "values": values}
        answer = await client.post(f"/{collection}", json=new)
        added[collection] = await registry_fixtures.answer_of(answer, 201)
    return added


# A draft about the provider, with the provider's values; who may open it is decided by the same columns.
_NUMBER_CHANGE = """
INSERT INTO {table}
SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(one) || jsonb_build_object('record_id', $2::uuid))).*
FROM {provider} AS one WHERE record_id = $1
"""


async def number_change(environment: WatchedEnvironment, kind: str, provider: dict[str, Any]) -> dict[str, str]:
    """The id of a number change of a provider, which the owner of the provider has begun."""
    record_id = new_id()
    async with environment.postgres("registry") as postgres:
        for suffix in ("", "_copy"):
            tables = {"table": f"{kind}_number_change{suffix}", "provider": f"{kind}{suffix}"}
            await postgres.execute(_NUMBER_CHANGE.format(**tables), UUID(provider["record_id"]), record_id)
    return {"record_id": str(record_id)}


def record_bodies(collection: str, version: int) -> dict[str, Any]:
    """What changes a record of a kind, submits it, withdraws it, and archives a provider."""
    return {
        f"PUT /{collection}/{{record_id}}": {"version": version},
        f"POST /{collection}/{{record_id}}/submission": {"version": version},
        f"DELETE /{collection}/{{record_id}}/submission": None,
        f"DELETE /{collection}/{{record_id}}": None,
        f"POST /{collection}/{{record_id}}/archive": {"version": version, "name": "某单位", "reason": "注销"},
    }


_JOB = """
INSERT INTO job (job_id, kind, owner_id, correlation_id) VALUES ($1, 'test.nothing', $2, '') RETURNING job_id
"""


async def a_job(environment: WatchedEnvironment, service: str, owner: Caller) -> str:
    """The id of a job of a service that the owner has started."""
    async with environment.postgres(service) as postgres:
        return str(await postgres.fetchval(_JOB, new_id(), owner.account_id))


def job_bodies(service: str) -> dict[str, Any]:
    """What cancels and resumes a job of a service."""
    return dict.fromkeys(f"POST /{service}-jobs/{{job_id}}/{action}" for action in ("cancellation", "resumption"))


@asynccontextmanager
async def documents(environment: WatchedEnvironment) -> AsyncIterator[Scene]:
    """A document, and a letter."""
    owner = document_fixtures.maintainer()
    async with environment.running(
        "documents", files_url=f"file://{environment.folder}/files", worker_pool_workers=1
    ):
        async with environment.client("documents", owner) as client:
            document = await document_fixtures.uploaded(client, pdf_of(empty_pdf()))
            archive = await document_fixtures.uploaded(
                client, zip_of([("a.pdf", b"")]), "application/zip", path="/document-archives"
            )
        event = document_fixtures.prepared(owner)
        letter = await document_fixtures.letter_of(environment, owner, event)
        records = {
            "document_id": document["document_id"],
            "authorisation_id": str(event.subject_id),
            "archive_id": archive["archive_id"],
            "job_id": archive["job_id"],
        }
        bodies = {
            "POST /letters/{authorisation_id}/scans": letter,
            "POST /documents/{document_id}/arrangements": {"pages": [{"page": 1}]},
            "POST /documents-jobs/{job_id}/cancellation": None,
            "POST /documents-jobs/{job_id}/resumption": None,
        }
        yield Scene(owner, records, bodies)


@asynccontextmanager
async def review(environment: WatchedEnvironment) -> AsyncIterator[Scene]:
    """A case at a county, and a job of the same account."""
    filing, units = a_filing(), units_at(NATION, XIANGTAN, YUHU)
    async with review_clients(environment, *units.values()) as at:
        case_id = (await at.filed(filing))[filing.subject_id]
        owner = a_caller(Role.MAINTAINER, filing.region, account_id=filing.filed_by)
        bodies = {
            "POST /cases/{case_id}/decisions": {"version": 1, "decision": "approve"},
            "POST /cases/{case_id}/return-requests": {"reason": "请退回"},
            **job_bodies("review"),
        }
        job_id = await a_job(environment, "review", owner)
        records = {"case_id": str(case_id), "subject_id": str(filing.subject_id), "job_id": job_id}
        yield Scene(owner, records, bodies)


@asynccontextmanager
async def coding(environment: WatchedEnvironment) -> AsyncIterator[Scene]:
    """A job; codes and certificates are for all."""
    async with environment.running("coding"):
        owner = a_caller(Role.AGENCY)
        yield Scene(owner, {"job_id": await a_job(environment, "coding", owner)}, job_bodies("coding"))


@asynccontextmanager
async def agreements(environment: WatchedEnvironment) -> AsyncIterator[Scene]:
    """An agreement that its agency has not confirmed yet."""
    async with agreement_fixtures.agreement_scene(environment) as scene:
        agreement = await scene.submitted()
        version = agreement["version"]
        bodies = {
            "PUT /agreements/{agreement_id}": agreement_fixtures.form(version=version),
            "POST /agreements/{agreement_id}/confirmation": {"version": version},
            "DELETE /agreements/{agreement_id}": None,
        }
        yield Scene(scene.hospital.maintainer, {"agreement_id": agreement["agreement_id"]}, bodies)


SCENES: dict[str, Callable[[WatchedEnvironment], AbstractAsyncContextManager[Scene]]] = {
    "registry": registry,
    "documents": documents,
    "review": review,
    "coding": coding,
    "agreements": agreements,
}
OUTSIDERS = {
    # Of the same county, but not the one whose record it is.
    Role.MAINTAINER: ("430302",),
    # Of a neighbouring county, a neighbouring city, another province.
    Role.REVIEWER: ("430304", "430200", "320300"),
    Role.AGENCY: ("430304", "430200", "320300"),
}


def unrelated_callers(role: Role) -> list[Caller]:
    """Callers of a role from another region or account."""
    return [a_caller(role, region, account_id=new_id()) for region in OUTSIDERS[role]]
