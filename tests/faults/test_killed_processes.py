"""Kill -9 during the main journey: it ends with the same result, one code, nothing lost or duplicated."""

import asyncio
import json
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import asyncpg
import pytest
from yarl import URL

from deploy.laptop.demo.journey import Journey
from deploy.laptop.demo.places import HUNAN
from deploy.laptop.demo.provincial_system import Province, provincial_system
from deploy.laptop.stack.platform import Platform
from deploy.laptop.stack.processes import ProcessIdentity
from deploy.settings_table import SERVICES
from shared.contracts.agreements.events import AgreementEntered
from tests.environment import until
from tests.faults.fault_points import Point, held
from tests.platforms import AGREED, CODED, REVIEWED, a_journey

pytestmark = pytest.mark.xdist_group("platform")

STEPS = (
    "register",
    "add_institution",
    "authorise",
    "nation_approves_mandate",
    "fill_in",
    "review",
    "receive_code",
    "agree",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """The part to kill, the step from which on, and the service and point at which the work is stopped."""

    part: str
    step: str
    at: str
    point: Point = Point.RECORDING


DECIDED = [*("filed", "reported", "returned"), *("filed", "reported", "reported", "reported", "approved")]
FAULTS = {
    # The submission has locked the record, and is not committed.
    "registry": Fault("registry", "fill_in", "registry"),
    # The letter is made and stored, its event is not; the message that asked for it is not acknowledged.
    "documents": Fault("documents", "authorise", "documents"),
    # A decision is taken, counted and not committed; the reviewer waits for the answer.
    "review": Fault("review", "review", "review"),
    # The serial is drawn and the code written, nothing is committed.
    "coding": Fault("coding", "review", "coding"),
    # The code is published and confirmed, but not struck from the outbox: it will be published again.
    "coding, published": Fault("coding", "review", "coding", Point.PUBLISHED),
    "agreements": Fault("agreements", "agree", "agreements"),
    # The service goes on and commits; who asked has lost the answer and asks again with the same key.
    "gateway": Fault("gateway", "review", "review"),
    # The message is handled, and there is nobody to acknowledge it to or to publish what follows.
    "rabbitmq": Fault("rabbitmq", "review", "coding"),
    "postgres": Fault("postgres", "review", "review"),
}


@pytest.mark.requirement("COD-3", "AGR-7", "INT-1")
@pytest.mark.parametrize("name", FAULTS)
async def test_the_journey_ends_the_same_when_a_part_is_killed(platform: Platform, name: str) -> None:
    fault = FAULTS[name]
    async with provincial_system(platform.describe(), HUNAN.province_code) as province, a_journey(platform) as one:
        await _played(one, *STEPS[: STEPS.index(fault.step)])
        former = await _killed_while(platform, fault, _played(one, *STEPS[STEPS.index(fault.step) :]))
        await asyncio.to_thread(platform.wait_restarted, fault.part, former)
        await province.received(one.agreement["agreement_id"], AgreementEntered.type)
        await until(lambda: _nothing_waits(platform), seconds=30, what="empty outboxes")
        await _once_each(platform, one)
    _received_as_without_a_fault(province, one)
    assert await asyncio.to_thread(_dead_letters, platform) == {}


async def _played(one: Journey, *steps: str) -> None:
    for name in steps:
        step: Callable[[], Awaitable[None]] = getattr(one, name)
        await step()


async def _killed_while(platform: Platform, fault: Fault, going: Awaitable[None]) -> ProcessIdentity:
    """Kills the part while the stopped service is in the middle of its work; the journey continues to its end."""
    async with held(platform.describe()["postgres"]["superuser"], fault.at, fault.point) as work:
        journey = asyncio.ensure_future(going)
        await work.caught()
        former = await asyncio.to_thread(platform.kill, fault.part)
    await journey
    return former


async def _nothing_waits(platform: Platform) -> bool:
    connection = await asyncpg.connect(platform.describe()["postgres"]["superuser"])
    try:
        counts = [await connection.fetchval(f"SELECT count(*) FROM {schema}.outbox") for schema in SERVICES]
    finally:
        await connection.close()
    return not any(counts)


def _received_as_without_a_fault(province: Province, one: Journey) -> None:
    types = [event["type"] for event in province.about(one.institution["record_id"])]
    assert [kind for kind in types if kind.startswith("review.")] == REVIEWED
    assert sorted(kind for kind in types if not kind.startswith("review.")) == sorted(CODED)
    assert [event["type"] for event in province.about(one.agreement["agreement_id"])] == AGREED
    assert province.others == 0
    assert province.out_of_order == 0


async def _once_each(platform: Platform, one: Journey) -> None:
    """Whether there is one code, no gap in the serials, and one of each decision."""
    connection = await asyncpg.connect(platform.describe()["postgres"]["superuser"])
    try:
        institution_id = one.institution["record_id"]
        codes = await connection.fetch("SELECT code FROM coding.holder WHERE subject_id = $1", institution_id)
        given = await connection.fetchval("SELECT count(*) FROM coding.holder WHERE code LIKE 'H4303%'")
        last = await connection.fetchval(
            "SELECT last FROM coding.counter WHERE prefix = 'H' AND prefecture = '4303'"
        )
    finally:
        await connection.close()
    assert [row["code"] for row in codes] == [one.institution["code"]]
    assert given == last, "a serial was skipped"
    assert [step["what"] for step in await one.timeline()] == DECIDED


def _dead_letters(platform: Platform) -> dict[str, int]:
    """Dead-letter queues that are not empty."""
    address = URL(platform.describe()["rabbitmq"]["management"])
    opener = urllib.request.build_opener(_signing_in(address))
    with opener.open(str(address.with_user(None) / "api/queues"), timeout=10) as answer:
        queues = json.load(answer)
    return {
        queue["name"]: queue["messages"]
        for queue in queues
        if queue["name"].endswith(".dead") and queue.get("messages")
    }


def _signing_in(address: URL) -> urllib.request.BaseHandler:
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, str(address.with_user(None)), address.user or "", address.password or "")
    return urllib.request.HTTPBasicAuthHandler(passwords)
