"""The environment of a test: a database, a vhost and keys of its own, in which real services run."""

import asyncio
import importlib
import itertools
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import aio_pika
import aiohttp
import asyncpg
import orjson

from deploy.keys import make_keys
from deploy.laptop.stack.ports import free_port
from deploy.provision import (
    in_database,
    message_user_of,
    message_users,
    owner_of,
    provision_postgres,
    provision_rabbitmq,
    remove_database,
    remove_vhost,
    role_of,
    roles,
    with_login,
)
from shared.contracts.event import Event
from shared.ids import new_id
from shared.messaging.envelope import headers_of
from shared.messaging.publisher import publishing
from shared.messaging.topology import EVENTS, Topology, routing_key
from shared.postgres.migrate import migrate
from shared.security.caller import Caller, Role
from shared.security.tokens import Signer, caller_token

PASSWORD = "only-for-tests"
PROVINCES = ("43", "32")
PATIENCE = 20.0
_number = itertools.count()


@dataclass(frozen=True, slots=True)
class Servers:
    """The addresses of the servers of this test run, with administrators' logins."""

    postgres: str
    rabbitmq: str
    management: str


@contextmanager
def own_servers() -> Iterator[Servers]:
    """Starts private servers for a run without given ones."""
    from deploy.laptop.stack.postgres import PostgresServer
    from deploy.laptop.stack.rabbitmq import RabbitNode

    with (
        tempfile.TemporaryDirectory(prefix="fuma-test-") as folder,
        PostgresServer(Path(folder) / "postgres") as postgres,
        RabbitNode(Path(folder) / "rabbitmq") as rabbitmq,
    ):
        yield Servers(postgres.dsn, rabbitmq.url, rabbitmq.management_url)


async def until(look: Callable[[], Awaitable[Any]], *, seconds: float = PATIENCE, what: str = "the state") -> Any:
    """Polls until the result is truthy, and returns it; fails after a timeout."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        found = await look()
        if found:
            return found
        if asyncio.get_running_loop().time() > end:
            raise AssertionError(f"{what} did not come about within {seconds:g} s; last seen: {found!r}")
        await asyncio.sleep(0.02)


class Environment:
    """Database, vhost, keys and ports of one test."""

    def __init__(self, servers: Servers, folder: Path, *, broker_is_shared: bool = True) -> None:
        self.servers = servers
        self._broker_is_shared = broker_is_shared
        self.folder = folder
        self.name = f"t{os.getpid()}_{next(_number)}"
        self.ports: dict[str, int] = {}
        self.secrets = folder / "secrets"

    @asynccontextmanager
    async def built(self) -> AsyncIterator["Environment"]:
        """Creates the environment and removes it at the end."""
        make_keys(self.secrets)
        passwords = dict.fromkeys([*roles(), *message_users(PROVINCES)], PASSWORD)
        await provision_postgres(self.servers.postgres, passwords, database=self.name)
        await asyncio.to_thread(provision_rabbitmq, self.servers.management, passwords, PROVINCES, vhost=self.name)
        try:
            yield self
        finally:
            await remove_database(self.servers.postgres, database=self.name)
            if self._broker_is_shared:
                await asyncio.to_thread(remove_vhost, self.servers.management, self.name)

    def dsn(self, service: str, *, owner: bool = False) -> str:
        """The DSN of a service, or of the owner of its schema."""
        role = owner_of(service) if owner else role_of(service)
        return with_login(self.servers.postgres, role, PASSWORD, self.name)

    @property
    def admin_dsn(self) -> str:
        """The superuser's DSN for this test's database."""
        return in_database(self.servers.postgres, self.name)

    def amqp(self, service: str) -> str:
        """The AMQP URL of a service's user."""
        return with_login(self.servers.rabbitmq, message_user_of(service), PASSWORD, self.name)

    @property
    def admin_amqp(self) -> str:
        """The administrator's AMQP URL for this test's vhost."""
        parts = urlsplit(self.servers.rabbitmq)
        return parts._replace(path=f"/{quote(self.name, safe='')}").geturl()

    def port(self, service: str) -> int:
        """The service's port, the same for the whole test."""
        return self.ports.setdefault(service, free_port())

    def settings(self, service: str, **more: Any) -> dict[str, Any]:
        """The settings of a service of this environment."""
        return {
            "postgres_dsn": self.dsn(service),
            "postgres_owner_dsn": self.dsn(service, owner=True),
            "rabbitmq_url": self.amqp(service),
            "http_port": self.port(service),
            # A second replica has ports of its own.
            "operations_port": free_port() if "http_port" in more else self.port(f"{service}-operations"),
            "secrets": self.secrets,
            "public_url": "http://127.0.0.1:8088",
            "provinces": ",".join(PROVINCES),
            "retry_delays_seconds": "0.1,0.2",
            "log_level": "WARNING",
            **more,
        }

    @asynccontextmanager
    async def running(self, service: str, **more: Any) -> AsyncIterator[None]:
        """A service of this environment, in this process, with its schema migrated."""
        module = "gateway" if service == "gateway" else f"services.{service}"
        one = importlib.import_module(f"{module}.composition").SERVICE
        await migrate(self.dsn(service, owner=True), service, one.migrations)
        async with one.running(one.settings(**self.settings(service, **more))):
            yield

    def token(self, caller: Caller, service: str) -> str:
        """The token that the gateway would send to a service for this caller."""
        return caller_token(Signer(self.secrets / "token.private.pem", "caller"), caller, service)

    @asynccontextmanager
    async def client(self, service: str, caller: Caller | None = None) -> AsyncIterator[aiohttp.ClientSession]:
        """A client of a service's own HTTP interface."""
        headers = {"Authorization": f"Bearer {self.token(caller, service)}"} if caller else {}
        url = f"http://127.0.0.1:{self.port(service)}"
        async with aiohttp.ClientSession(url, headers=headers) as session:
            yield session

    async def health(self, service: str, of: str = "ready") -> tuple[int, dict[str, Any]]:
        """The health of a service for operators, readiness or messaging: the status and the reasons."""
        url = f"http://127.0.0.1:{self.port(f'{service}-operations')}/health/{of}"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status, await answer.json()

    @asynccontextmanager
    async def postgres(self, service: str) -> AsyncIterator[asyncpg.Connection]:
        """A superuser's connection that sees a service's schema."""
        connection = await asyncpg.connect(self.admin_dsn, server_settings={"search_path": service})
        try:
            yield connection
        finally:
            await connection.close()

    async def publish(self, *events: Event, message_ids: dict[int, UUID] | None = None) -> None:
        """Publishes events as if their services had recorded them."""
        async with publishing(self.admin_amqp, "test", Topology()) as publisher:
            for number, event in enumerate(events):
                row = row_of(event, (message_ids or {}).get(number))
                await publisher.publish(
                    EVENTS,
                    routing_key(event.type, event.region),
                    event.model_dump_json().encode(),
                    message_id=str(row["event_id"]),
                    headers=headers_of(row),
                )

    @asynccontextmanager
    async def listening(self, *bindings: str) -> AsyncIterator[list[tuple[str, dict[str, Any]]]]:
        """A list that receives every event under these bindings, as (type, data), in order."""
        received: list[tuple[str, dict[str, Any]]] = []
        connection = await aio_pika.connect(self.admin_amqp)
        async with connection:
            channel = await connection.channel()
            await Topology(provinces=PROVINCES).declare(channel)
            queue = await channel.declare_queue(exclusive=True)
            for binding in bindings or ("#",):
                await queue.bind(EVENTS, binding)

            async def receive(message: aio_pika.abc.AbstractIncomingMessage) -> None:
                received.append((str(message.headers["cloudEvents:type"]), orjson.loads(message.body)))

            await queue.consume(receive, no_ack=True)
            yield received


def row_of(event: Event, event_id: UUID | None = None) -> dict[str, Any]:
    """An event as a row of the outbox."""
    from datetime import UTC, datetime

    return {
        "event_id": event_id or new_id(),
        "type": event.type,
        "subject_id": event.subject_id,
        "subject_version": event.subject_version,
        "region": event.region,
        "correlation_id": str(new_id()),
        "causation_id": "",
        "traceparent": "",
        "happened_at": datetime.now(UTC),
    }


def a_caller(role: Role, region: str = "100000", **more: Any) -> Caller:
    """A caller of this role and region."""
    unit = {"unit_id": new_id()} if role in (Role.REVIEWER, Role.AGENCY) else {}
    return Caller(**{"account_id": new_id(), "name": "测试", "role": role, "region": region, **unit, **more})
