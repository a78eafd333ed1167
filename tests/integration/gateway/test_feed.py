"""Every event is stored, whether anybody consumes it or not."""

from typing import Any, ClassVar

import orjson

from shared.contracts.event import Event
from shared.contracts.registry.events import UnitRegistered
from shared.identifiers.regions import Level
from shared.ids import new_id
from tests.environment import Environment, until
from tests.integration.gateway.fakes import urls


class NobodyKnowsThis(Event):
    """Of a type that came after this gateway."""

    type: ClassVar[str] = "registry.thing.invented.v1"

    anything: dict[str, Any]


def registered(number: int) -> UnitRegistered:
    """A unit of some county."""
    return UnitRegistered(
        subject_id=new_id(), subject_version=number, region="430302", name=f"第{number}局", level=Level.COUNTY
    )


async def test_public_and_unknown_events_are_stored_once_and_whole(environment: Environment) -> None:
    unknown = NobodyKnowsThis(subject_id=new_id(), subject_version=3, region="320100", anything={"字": [1, None]})
    message_id = new_id()
    async with environment.running("gateway", **urls(environment)):
        await environment.publish(registered(1), unknown, unknown, message_ids={1: message_id, 2: message_id})
        await environment.publish(*(registered(number) for number in range(2, 50)))

        async def all_there() -> list[Any]:
            async with environment.postgres("gateway") as rows:
                found = await rows.fetch("SELECT * FROM feed ORDER BY position")
            return found if len(found) >= 50 else []

        stored = await until(all_there, what="fifty events in the feed")
    assert len(stored) == 50
    one = next(row for row in stored if row["event_id"] == message_id)
    assert (one["type"], one["public"], one["region"]) == (unknown.type, False, "320100")
    assert orjson.loads(one["data"]) == unknown.model_dump(mode="json")
    assert all(row["public"] for row in stored if row is not one)
    assert [row["position"] for row in stored] == sorted(row["position"] for row in stored)


async def test_what_happened_before_a_gateway_ran_waits_for_it(environment: Environment) -> None:
    event = registered(1)
    await environment.publish(event)
    async with environment.running("gateway", **urls(environment)):

        async def there() -> bool:
            async with environment.postgres("gateway") as rows:
                return bool(await rows.fetchval("SELECT 1 FROM feed WHERE subject_id = $1", event.subject_id))

        await until(there, what="the event of before")
