"""Defines the exchanges and queues of the platform.

`fuma.events` carries every event; `fuma.public`, bound from it, carries public types only: the feed's queue and
those of the provinces are bound to it. Unroutable events go to `fuma.unrouted`. Every consumer has a quorum queue
and a dead-letter queue; retry queues, one for each delay, are shared by all consumers and return a message to the
queue that its routing key names. Settings of a queue that may change are policies (`policies.py`), not arguments.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aio_pika import ExchangeType
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelPreconditionFailed

from shared.contracts import catalogue
from shared.identifiers.regions import path_of

# The consumers' queues with what each is bound with. Messages wait in them while versions change: a name that goes
# from the code leaves its queue, with its messages, on every broker.
DURABLE_QUEUES = Path(__file__).with_name("queues.json")

EVENTS = "fuma.events"
PUBLIC = "fuma.public"
RETRY = "fuma.retry"
DEAD = "fuma.dead"
UNROUTED = "fuma.unrouted"
# Routes what a province has refused, by the headers that the broker adds when it dead-letters a message.
REFUSED = "fuma.refused"
FEED = "gateway.feed"
EVERYTHING = "#"

_QUORUM: Mapping[str, Any] = {"x-queue-type": "quorum"}


class QueueConflict(Exception):
    """The broker has a queue of this name with other arguments, which cannot be changed."""


def routing_key(event_type: str, region: str) -> str:
    """Returns type and region from the province down: `coding.code.assigned.v1.43.03.02`."""
    return f"{event_type}.{path_of(region)}"


def consumer_binding(event_type: str) -> str:
    """Returns the binding for a type from all regions."""
    return f"{event_type}.#"


def provincial_binding(province: str) -> str:
    """Returns the binding of a province: any type (four words), its own two digits, any place within."""
    return f"*.*.*.*.{province}.*.*"


def provincial_queue(province: str) -> str:
    """Returns the name of the queue from which a provincial system consumes."""
    return f"provinces.{province}"


def dead_queue(queue: str) -> str:
    """Returns the name of a queue's dead-letter queue."""
    return f"{queue}.dead"


def retry_queue(delay_seconds: float) -> str:
    """Returns the name of the retry queue of a delay."""
    return f"{RETRY}.{round(delay_seconds * 1000)}ms"


def consumer_arguments(queue: str) -> dict[str, Any]:
    """Returns the fixed arguments of a consumer's queue; the ordered feed has a single active consumer."""
    return {**_QUORUM, **({"x-single-active-consumer": True} if queue == FEED else {})}


@dataclass(frozen=True, slots=True)
class Binding:
    """A binding of a queue to an exchange: by routing key, or by headers."""

    exchange: str
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Queue:
    """A durable queue as the broker must have it; `former` are bindings of earlier versions, which are removed."""

    name: str
    arguments: Mapping[str, Any]
    bindings: Sequence[Binding] = ()
    former: Sequence[Binding] = ()

    async def declare(self, channel: AbstractChannel) -> None:
        """Declares the queue and its bindings; raises QueueConflict."""
        try:
            queue = await channel.declare_queue(self.name, durable=True, arguments=dict(self.arguments))
        except ChannelPreconditionFailed as refused:
            raise QueueConflict(
                f"队列 {self.name} 已存在且参数不同：请先处理完其中的消息并删除该队列，再重新启动。/ "
                f"The queue {self.name} exists with other arguments: let it run empty, delete it, start again. "
                f"RabbitMQ: {refused}"
            ) from refused
        for one in self.bindings:
            await queue.bind(one.exchange, one.key, arguments=dict(one.headers))
        for one in self.former:
            await queue.unbind(one.exchange, one.key)


@dataclass(frozen=True, slots=True)
class Topology:
    """The exchanges and queues that a process declares before it publishes or consumes; idempotent."""

    queues: Sequence[tuple[str, Sequence[str]]] = ()
    retry_delays: Sequence[float] = ()
    provinces: Sequence[str] = ()

    async def declare(self, channel: AbstractChannel) -> None:
        """Declares all exchanges and queues."""
        await channel.declare_exchange(UNROUTED, ExchangeType.FANOUT, durable=True)
        await channel.declare_exchange(REFUSED, ExchangeType.HEADERS, durable=True)
        await channel.declare_exchange(DEAD, ExchangeType.DIRECT, durable=True)
        events = await channel.declare_exchange(EVENTS, ExchangeType.TOPIC, durable=True)
        public = await channel.declare_exchange(PUBLIC, ExchangeType.TOPIC, durable=True)
        for name, event in catalogue.EVENTS.items():
            reconcile = public.bind if event.public else public.unbind
            await reconcile(events, consumer_binding(name))
        for delay in self.retry_delays:
            await channel.declare_exchange(retry_queue(delay), ExchangeType.FANOUT, durable=True)
        for queue in self.durable_queues():
            await queue.declare(channel)

    def durable_queues(self) -> Iterator[Queue]:
        """Lists every durable queue."""
        yield Queue(UNROUTED, _QUORUM, [Binding(UNROUTED)])
        yield from _consumer_queues(FEED, [Binding(PUBLIC, EVERYTHING)], former=[Binding(EVENTS, EVERYTHING)])
        for name, event_types in self.queues:
            yield from _consumer_queues(name, [Binding(EVENTS, consumer_binding(one)) for one in event_types])
        yield from map(_retry_queue, self.retry_delays)
        for province in self.provinces:
            yield from _provincial_queues(province)


def _consumer_queues(name: str, bindings: Sequence[Binding], former: Sequence[Binding] = ()) -> Iterator[Queue]:
    yield Queue(name, consumer_arguments(name), bindings, former)
    yield Queue(dead_queue(name), _QUORUM, [Binding(DEAD, dead_queue(name))])


def _retry_queue(delay: float) -> Queue:
    name = retry_queue(delay)
    # The delay is in the name: it never changes.
    return Queue(name, {**_QUORUM, "x-message-ttl": round(delay * 1000)}, [Binding(name)])


def _provincial_queues(province: str) -> Iterator[Queue]:
    """A province's queue and its dead-letter queue; dropped messages remain in the feed."""
    name = provincial_queue(province)
    yield Queue(
        name, {**_QUORUM, "x-single-active-consumer": True}, [Binding(PUBLIC, provincial_binding(province))]
    )
    refused = [
        Binding(
            REFUSED,
            headers={"x-match": "all-with-x", "x-first-death-queue": name, "x-first-death-reason": reason},
        )
        for reason in ("rejected", "delivery_limit")
    ]
    yield Queue(dead_queue(name), _QUORUM, refused)
