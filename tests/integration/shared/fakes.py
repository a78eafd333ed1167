"""A sample service that is built from the shared packages, and inspections of its database and queues."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import aio_pika
from aio_pika.abc import AbstractIncomingMessage
from prometheus_client import REGISTRY

from shared.clock import utc_now
from shared.contracts.coding.events import CodeAssigned, CodeKind
from shared.contracts.registry.events import ProviderApproved
from shared.ids import new_id
from shared.messaging.dead_letters import DeadLetter, read
from shared.messaging.envelope import headers_of
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import EVENTS, Topology
from shared.postgres.migrate import migrate
from shared.postgres.pool import connected
from shared.postgres.transaction import Transaction, UnitOfWork
from shared.service import Endpoints, Foundation, Service
from shared.settings import Settings
from shared.web.routes import Routes
from tests.environment import Environment, row_of, until

NAME = "coding"
_DONE = "CREATE TABLE done (position bigint GENERATED ALWAYS AS IDENTITY, subject_id uuid NOT NULL, note text)"


async def built(environment: Environment) -> Path:
    """Applies the migrations of the sample service."""
    folder = environment.folder / "migrations"
    folder.mkdir(exist_ok=True)
    (folder / "0001_pre_done.sql").write_text(_DONE)
    await migrate(environment.dsn(NAME, owner=True), NAME, folder)
    return folder


@asynccontextmanager
async def serving(
    environment: Environment,
    subscriptions: Subscriptions | None = None,
    routes: Sequence[Routes] = (),
    **settings: Any,
) -> AsyncIterator[None]:
    """Runs the sample service with these routes; it has a real service's name because rights depend on names."""
    folder = await built(environment)

    async def compose(_: Foundation[Settings]) -> Endpoints:
        return Endpoints(routes=routes, subscriptions=subscriptions)

    async with Service(NAME, Settings, folder, compose).running(
        Settings(**environment.settings(NAME, **settings))
    ):
        yield


@asynccontextmanager
async def working(environment: Environment) -> AsyncIterator[UnitOfWork]:
    """The sample service's transactions without the service."""
    await built(environment)
    async with connected(environment.dsn(NAME), NAME, 10) as pool:
        yield UnitOfWork(pool)


async def done(tx: Transaction, subject_id: UUID, note: str = "") -> None:
    """Inserts the effect that tests count."""
    await tx.execute("INSERT INTO done (subject_id, note) VALUES ($1, $2)", subject_id, note)


async def all_done(environment: Environment) -> list[UUID]:
    """The subjects that were handled, in the order of their effects."""
    async with environment.postgres(NAME) as connection:
        return [row["subject_id"] for row in await connection.fetch("SELECT * FROM done ORDER BY position")]


async def until_done(environment: Environment, count: int) -> list[UUID]:
    """Waits for this number of effects."""

    async def enough() -> list[UUID]:
        found = await all_done(environment)
        return found if len(found) >= count else []

    found: list[UUID] = await until(enough, what=f"{count} effects")
    return found


def approved(subject_id: UUID | None = None, *, version: int = 1, region: str = "430302") -> ProviderApproved:
    """An event that comes in."""
    return ProviderApproved(
        subject_id=subject_id or new_id(),
        subject_version=version,
        region=region,
        name="湘潭市第一人民医院",
        legal_name="湘潭市第一人民医院",
        uscc=None,
        licence_number="1" * 22,
        provider_type="A100",
        kind="institution",
        approved_at=utc_now(),
    )


def assigned(subject_id: UUID | None = None, *, version: int = 1) -> CodeAssigned:
    """An event that goes out."""
    return CodeAssigned(
        subject_id=subject_id or new_id(),
        subject_version=version,
        region="430302",
        kind=CodeKind.INSTITUTION,
        code="H43030200001",
        name="湘潭市第一人民医院",
        assigned_at=utc_now(),
    )


def envelope() -> dict[str, str]:
    """The headers of an event that comes in."""
    return headers_of(row_of(approved()))


def counted(queue: str, outcome: str) -> float:
    """The number of messages of a queue with this outcome, in this process."""
    labels = {"consumer": queue, "outcome": outcome}
    return REGISTRY.get_sample_value("fuma_messages_total", labels) or 0.0


async def put(environment: Environment, queue: str, body: bytes, headers: Mapping[str, Any] | None = None) -> None:
    """Publishes a raw message to a queue."""
    connection = await aio_pika.connect(environment.admin_amqp)
    async with connection:
        channel = await connection.channel()
        message = aio_pika.Message(body, headers=dict(headers or {}))
        await channel.default_exchange.publish(message, routing_key=queue)


@asynccontextmanager
async def receiving(environment: Environment, binding: str = "#") -> AsyncIterator[list[AbstractIncomingMessage]]:
    """A list that receives every message under a binding."""
    received: list[AbstractIncomingMessage] = []
    connection = await aio_pika.connect(environment.admin_amqp)
    async with connection:
        channel = await connection.channel()
        await Topology().declare(channel)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(EVENTS, binding)

        async def receive(message: AbstractIncomingMessage) -> None:
            received.append(message)

        await queue.consume(receive, no_ack=True)
        yield received


async def ready_messages(environment: Environment, queue: str) -> int:
    """The number of ready messages in a queue."""
    connection = await aio_pika.connect(environment.admin_amqp)
    async with connection:
        channel = await connection.channel()
        declared = await channel.declare_queue(queue, passive=True)
        return int(declared.declaration_result.message_count or 0)


async def dead(environment: Environment, queue: str, count: int = 1) -> list[DeadLetter]:
    """Waits for this number of dead letters of a queue."""

    async def enough() -> list[DeadLetter]:
        found = await read(environment.admin_amqp, queue)
        return found if len(found) >= count else []

    found: list[DeadLetter] = await until(enough, what=f"{count} dead letters")
    return found


async def gate(event: asyncio.Event, *, seconds: float = 20) -> None:
    """Waits until the test opens the gate."""
    async with asyncio.timeout(seconds):
        await event.wait()
