"""Every public event is stored, each subject's in their order, whether anybody consumes it or not."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import aio_pika
import orjson

from deploy.laptop.stack.ports import free_port
from gateway.feed.catch_up import catch_up
from shared.contracts.event import Event
from shared.contracts.registry.events import UnitRegistered
from shared.identifiers.regions import Level
from shared.ids import new_id
from shared.messaging.envelope import headers_of
from shared.messaging.topology import FEED, provincial_queue
from tests.environment import Environment, row_of, until
from tests.integration.gateway.fakes import urls
from tests.integration.shared.fakes import put


class NobodyKnowsThis(Event):
    """Of a type that came after this gateway."""

    type: ClassVar[str] = "registry.thing.invented.v1"

    anything: dict[str, Any]


def registered(number: int) -> UnitRegistered:
    """A unit of some county."""
    return UnitRegistered(
        subject_id=new_id(), subject_version=number, region="430302", name=f"第{number}局", level=Level.COUNTY
    )


def of(subject: UUID, version: int) -> UnitRegistered:
    """A public event of a subject."""
    return UnitRegistered(
        subject_id=subject, subject_version=version, region="430302", name="局", level=Level.COUNTY
    )


async def until_stored(environment: Environment, count: int) -> list[Any]:
    """Waits for so many events in the feed, and gives them in its order."""

    async def enough() -> list[Any]:
        async with environment.postgres("gateway") as rows:
            found = await rows.fetch("SELECT * FROM feed ORDER BY position")
        return found if len(found) >= count else []

    stored: list[Any] = await until(enough, what=f"{count} events in the feed")
    return stored


def versions(stored: Sequence[Any]) -> dict[UUID, list[int]]:
    """Each subject's versions in the order of the feed."""
    found: dict[UUID, list[int]] = defaultdict(list)
    for row in stored:
        found[row["subject_id"]].append(row["subject_version"])
    return found


async def test_public_events_are_stored_once_and_whole_and_no_others(environment: Environment) -> None:
    """An unknown event could carry personal data: the exchange keeps it, and the handler too, if it gets there."""
    unknown = NobodyKnowsThis(subject_id=new_id(), subject_version=3, region="320100", anything={"字": [1, None]})
    message_id, public = new_id(), registered(1)
    async with environment.running("gateway", **urls(environment)):
        await put(environment, FEED, unknown.model_dump_json().encode(), headers_of(row_of(unknown)))
        await environment.publish(unknown, public, public, message_ids={1: message_id, 2: message_id})
        await environment.publish(*(registered(number) for number in range(2, 50)))
        stored = await until_stored(environment, 49)
    assert len(stored) == 49
    one = next(row for row in stored if row["event_id"] == message_id)
    assert (one["type"], one["region"]) == (public.type, public.region)
    assert orjson.loads(one["data"]) == public.model_dump(mode="json")
    assert {row["type"] for row in stored} == {public.type}
    assert [row["position"] for row in stored] == sorted(row["position"] for row in stored)


async def test_what_happened_before_a_gateway_ran_waits_for_it(environment: Environment) -> None:
    event = registered(1)
    await environment.publish(event)
    async with environment.running("gateway", **urls(environment)):

        async def there() -> bool:
            async with environment.postgres("gateway") as rows:
                return bool(await rows.fetchval("SELECT 1 FROM feed WHERE subject_id = $1", event.subject_id))

        await until(there, what="the event of before")


async def test_two_gateways_keep_the_order_of_each_subject(environment: Environment) -> None:
    subjects = [new_id() for _ in range(41)]
    events = [of(subject, version) for version in range(1, 11) for subject in subjects]
    async with (
        environment.running("gateway", **urls(environment)),
        environment.running("gateway", **urls(environment), http_port=free_port(), operations_port=free_port()),
        environment.postgres("gateway") as holding,
    ):
        # Nothing is stored before all events lie before the gateways, so that both have many at once.
        await holding.execute("BEGIN; LOCK TABLE feed IN SHARE MODE")
        await environment.publish(*events)
        await holding.execute("ROLLBACK")
        stored = await until_stored(environment, len(events))
    assert versions(stored) == {subject: list(range(1, 11)) for subject in subjects}


async def test_an_event_that_comes_late_is_placed_before_the_later_ones_of_its_subject(
    environment: Environment,
) -> None:
    """Whoever has read on already reads the later ones once more, behind it."""
    subject, other = new_id(), new_id()
    async with environment.running("gateway", **urls(environment)):
        await environment.publish(of(subject, 1), of(subject, 3), of(other, 1), of(subject, 5))
        read_to = (await until_stored(environment, 4))[-1]["position"]
        await environment.publish(of(subject, 4), of(subject, 2))
        stored = await until_stored(environment, 6)
    assert versions(stored) == {subject: [1, 2, 3, 4, 5], other: [1]}
    assert [row["subject_version"] for row in stored if row["position"] > read_to] == [2, 3, 4, 5]


async def test_a_province_that_was_away_is_sent_its_own_events_again(environment: Environment) -> None:
    subject = new_id()
    elsewhere = UnitRegistered(
        subject_id=new_id(), subject_version=1, region="320102", name="局", level=Level.COUNTY
    )
    queue = provincial_queue("43")
    async with environment.running("gateway", **urls(environment)):
        await environment.publish(of(subject, 1))
        since = (await until_stored(environment, 1))[0]["stored_at"] + timedelta(microseconds=1)
        await environment.publish(elsewhere, *(of(subject, version) for version in range(2, 5)))
        await until_stored(environment, 5)
    async with await aio_pika.connect(environment.admin_amqp) as connection:
        channel = await connection.channel()
        await (await channel.get_queue(queue)).purge()
        sent = await catch_up(environment.dsn("gateway"), environment.amqp("gateway"), "43", since)
        async with (await channel.get_queue(queue)).iterator(no_ack=True, timeout=5) as messages:
            came = [await anext(messages) for _ in range(sent)]
    assert [orjson.loads(message.body)["subject_version"] for message in came] == [2, 3, 4]
    assert {message.headers["cloudEvents:subject"] for message in came} == {str(subject)}
