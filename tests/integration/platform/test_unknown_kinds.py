"""Consumers of this version and events of a later one: unknown kinds and scopes are never dead-lettered."""

from contextlib import AsyncExitStack

from shared.clock import utc_now
from shared.contracts.coding.events import CodeAssigned, CodeAwaitingAgreement
from shared.contracts.event import Event
from shared.contracts.review.events import CaseApproved, CaseMoved, CaseOpened, CaseReturned
from shared.ids import new_id
from shared.messaging.dead_letters import dead_queues
from shared.security.caller import Role
from tests.contract.declarations import subscriptions
from tests.environment import Environment, a_caller, until
from tests.integration.documents.document_fixtures import prepared
from tests.integration.shared.fakes import approved, counted, ready_messages
from tests.unit.review.filings import NATION, a_filing, registered, units_at

SERVICES = ("registry", "documents", "review", "coding", "agreements")
VILLAGE_DOCTOR = {"kind": "village_doctor"}
WAITING = (
    "registry.cases-opened",
    "registry.cases-moved",
    "registry.cases-returned",
    "registry.cases-approved",
    "coding.providers-approved",
    "agreements.providers-approved",
    "documents.authorisations-prepared",
)
IGNORING = (
    "registry.institution-codes-assigned",
    "registry.institution-codes-awaited",
    "agreements.codes-assigned",
)


def of_tomorrow() -> list[Event]:
    """Events of kinds that this version does not handle."""
    code = {"subject_id": new_id(), "subject_version": 1, "region": "430302", "name": "张村医", **VILLAGE_DOCTOR}
    letter = prepared(a_caller(Role.MAINTAINER)).model_copy(update={"scopes": ("institution", "radiologist")})
    return [
        a_filing(kind="village_doctor"),
        *cases(),
        approved().model_copy(update={"kind": "clinic"}),
        CodeAssigned(code="D430302000001", assigned_at=utc_now(), **code),
        CodeAwaitingAgreement(**code),
        letter,
    ]


def cases() -> list[Event]:
    """Review's events about a village doctor's case."""
    unit = {"unit_id": new_id(), "unit_name": "国家医疗保障局", "level": "nation", **VILLAGE_DOCTOR}
    case = {"subject_id": new_id(), "region": "430302", "case_id": new_id(), "submission": 1} | unit
    now = utc_now()
    return [
        CaseOpened(subject_version=1, happened_at=now, **case),
        CaseMoved(subject_version=2, happened_at=now, upward=True, **case),
        CaseReturned(subject_version=3, happened_at=now, fields=(), **case),
        CaseApproved(subject_version=4, happened_at=now, **case),
    ]


async def test_what_todays_consumers_do_not_know_waits_or_is_not_theirs_and_nothing_is_dead(
    environment: Environment,
) -> None:
    waiting = {queue: counted(queue, "waiting") for queue in WAITING}
    ignored = {queue: counted(queue, "unknown_kind") for queue in IGNORING}
    nation = units_at(NATION)[NATION]
    async with AsyncExitStack() as stack:
        for service in SERVICES:
            files = f"file://{environment.folder}/files"
            await stack.enter_async_context(
                environment.running(service, retry_delays_seconds="0.05", files_url=files)
            )
        await environment.publish(registered(nation))
        await environment.publish(*of_tomorrow())

        async def met() -> bool:
            return all(counted(queue, "waiting") >= waiting[queue] + 3 for queue in WAITING) and all(
                counted(queue, "unknown_kind") == ignored[queue] + 1 for queue in IGNORING
            )

        await until(met, what="every queue's unknown kind, more often than there are delays")
        async with environment.postgres("review") as postgres:

            async def opened() -> bool:
                return bool(await postgres.fetchval("SELECT kind FROM review_case") == "village_doctor")

            await until(opened, what="the case of a village doctor: review routes whatever is filed")
        found = await dead_queues(environment.admin_amqp, environment.servers.management)
        assert found == {}
        assert [
            one.queue for one in subscriptions() if await ready_messages(environment, f"{one.queue}.dead")
        ] == []
