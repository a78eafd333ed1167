"""Runs a service: reads its settings, opens its endpoints, and closes everything in reverse order.

A service's `composition.py` builds its own parts and returns `Endpoints`; this module builds what all services
share (pool, relay, consumers, HTTP, health).
"""

import argparse
import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import orjson
import structlog
import uvloop
from aiohttp import web

from shared.jobs.handlers import Jobs
from shared.jobs.runner import JobRunner
from shared.messaging.consumer import Consumer, consuming
from shared.messaging.health import BrokerHealth, ConsumerHealth, OutboxHealth
from shared.messaging.publisher import BrokerUnavailable, publishing
from shared.messaging.reconnecting_publisher import ReconnectingPublisher
from shared.messaging.relay import Relay
from shared.messaging.retry_policy import RetryPolicy
from shared.messaging.subscriptions import Subscriptions
from shared.messaging.topology import Topology
from shared.observability.logging import configure_logging
from shared.observability.tracing import export_traces
from shared.postgres.health import PostgresHealth
from shared.postgres.housekeeping import run_housekeeping
from shared.postgres.migrate import MigrationRefused, Phase, SchemaBehind, check_schema, migrate
from shared.postgres.pool import Pool, connected
from shared.postgres.transaction import UnitOfWork
from shared.security.tokens import CallerVerifier
from shared.settings import Settings
from shared.web.answering import Answering
from shared.web.endpoint_handler import Resources
from shared.web.idempotency import AnswerKey
from shared.web.openapi import fragment
from shared.web.operations import Check, add_description, add_health, operations
from shared.web.routes import Routes
from shared.web.server import HttpEntry, application, behind_gateway, serve

log = structlog.get_logger()

# Objects that outlive their making before the collector looks for cycles among them.
COLLECT_EVERY = 50_000

S = TypeVar("S", bound=Settings)
Background = Callable[[], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Foundation(Generic[S]):
    """The shared resources of a composition; `keep` opens those that close when the service stops.

    `work` is for requests, which wait only briefly for a connection; `background` is for consumers, jobs and other
    tasks of the service. Each has its own connections.
    """

    settings: S
    work: UnitOfWork
    background: UnitOfWork
    stack: AsyncExitStack

    async def keep(self, thing: AbstractAsyncContextManager[Any]) -> Any:
        """Opens a resource for as long as the service runs."""
        return await self.stack.enter_async_context(thing)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The entry points of a service: routes, subscriptions, jobs and background tasks.

    `provides` are the objects that handlers request by class.
    """

    routes: Sequence[Routes] = ()
    provides: Sequence[object] = ()
    subscriptions: Subscriptions | None = None
    jobs: Jobs = field(default_factory=Jobs)
    background: Sequence[Background] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
    entry: HttpEntry | None = None


Compose = Callable[[Foundation[S]], Awaitable[Endpoints]]


@dataclass(frozen=True, slots=True)
class Service(Generic[S]):
    """A service: its name (also its schema's), its settings, its migrations, its composition."""

    name: str
    settings: type[S]
    migrations: Path
    compose: Compose[S]

    @asynccontextmanager
    async def running(self, settings: S) -> AsyncIterator[None]:
        """Runs the service with all its endpoints open."""
        async with AsyncExitStack() as stack:
            work, background = await self._units_of_work(stack, settings)
            await check_schema(background.pool, self.name, self.migrations)
            endpoints = await self.compose(Foundation(settings, work, background, stack))
            messaging = await self._messaging(stack, settings, (work, background), endpoints)
            for task in (
                lambda: run_housekeeping(background, settings),
                *_job_runner(background, endpoints.jobs),
                *endpoints.background,
            ):
                await stack.enter_async_context(_background(task))
            app = self._application(settings, work, endpoints)
            readiness = {"postgres": PostgresHealth(work).check, **endpoints.checks}
            add_health(app, readiness)
            if settings.operations_port is not None:
                operators = operations(readiness, messaging)
                runner = await serve(operators, settings.http_host, settings.operations_port)
                stack.push_async_callback(runner.cleanup)
            runner = await serve(app, settings.http_host, settings.http_port)
            stack.push_async_callback(runner.cleanup)
            log.info("service_runs", port=settings.http_port)
            yield

    async def _units_of_work(self, stack: AsyncExitStack, settings: S) -> tuple[UnitOfWork, UnitOfWork]:
        """Opens the units of work of requests and of the background, with separate connections."""

        async def pool(connections: int) -> Pool:
            return await stack.enter_async_context(connected(str(settings.postgres_dsn), self.name, connections))

        requests = UnitOfWork(
            await pool(settings.postgres_connections), wait_seconds=settings.postgres_wait_seconds
        )
        return requests, UnitOfWork(await pool(settings.postgres_background_connections))

    def _application(self, settings: S, work: UnitOfWork, endpoints: Endpoints) -> web.Application:
        entry = endpoints.entry or behind_gateway(CallerVerifier(settings.secrets / "token.public.pem", self.name))
        answering = Answering(self.name, entry.address_of, traced=entry.traced)
        answer_key = AnswerKey.from_file(settings.secrets / "answers.key", self.name)
        provided = {type(one): one for one in endpoints.provides}
        resources = Resources(work, entry.authenticate, answer_key, provided)
        app = application(endpoints.routes, resources, answering, prefix=entry.prefix)
        if endpoints.entry is None:
            add_description(app, orjson.dumps(fragment(endpoints.routes)))
        entry.extend(app, answering)
        return app

    async def _messaging(
        self, stack: AsyncExitStack, settings: S, units: tuple[UnitOfWork, UnitOfWork], endpoints: Endpoints
    ) -> dict[str, Check]:
        requests, background = units
        subscriptions = endpoints.subscriptions or Subscriptions(self.name)
        topology = Topology(subscriptions.queues, settings.retry_delays, settings.provincial_codes)
        await _reachable(settings.rabbitmq_url, self.name, topology)
        relay = Relay(self.name, str(settings.postgres_dsn), settings.rabbitmq_url, topology)
        relay.pool = background.pool
        requests.committed = background.committed = relay.wake
        await stack.enter_async_context(_background(relay.run))
        publisher = await stack.enter_async_context(
            ReconnectingPublisher(settings.rabbitmq_url, f"{self.name} retry policy", topology).open()
        )
        retry_policy = RetryPolicy(publisher, settings.retry_delays)
        consumers = [Consumer(one, background, retry_policy) for one in subscriptions.all]
        broker = await stack.enter_async_context(consuming(settings.rabbitmq_url, consumers))
        queues = [one.queue for one in subscriptions.all]
        return {
            "rabbitmq": BrokerHealth(broker, queues).check,
            "consumers": ConsumerHealth([one.in_place for one in consumers]).check,
            "outbox": OutboxHealth(self.name, requests).check,
        }

    def main(self, arguments: Sequence[str] | None = None) -> None:
        """Runs `run` (the default) or `migrate [--phase pre|post]`, for `python -m services.<name>`."""
        parser = argparse.ArgumentParser(prog=f"python -m services.{self.name}")
        parser.add_argument("command", nargs="?", default="run", choices=("run", "migrate"))
        parser.add_argument("--phase", type=Phase, choices=Phase, help="of the migrations; without it, both")
        options = parser.parse_args(arguments)
        settings = self.settings()
        configure_logging(self.name, settings.log_level)
        migrates = options.command == "migrate"
        try:
            uvloop.run(self._migrate(settings, options.phase) if migrates else self._run(settings))
        except (SchemaBehind, MigrationRefused) as refused:
            parser.exit(1, f"{refused}\n")

    async def _migrate(self, settings: S, phase: Phase | None) -> None:
        dsn = settings.postgres_owner_dsn or settings.postgres_dsn
        applied = await migrate(str(dsn), self.name, self.migrations, phase)
        log.info("migrated", applied=applied)

    async def _run(self, settings: S) -> None:
        export_traces(self.name, settings.otlp_endpoint)
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        async with self.running(settings):
            _collect_seldom()
            await stopping.wait()
        log.info("service_stopped")


def _collect_seldom() -> None:
    """Reduces garbage collection of long-lived objects and of those that reference counting frees.

    By default the collector scans everything imported every few thousand messages, a fifth of their whole cost.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EVERY)


async def _reachable(url: str, name: str, topology: Topology) -> None:
    """Waits for the broker and declares the topology before anything is consumed or published."""
    while True:
        try:
            async with publishing(url, f"{name} topology", topology):
                return
        except BrokerUnavailable as error:
            log.warning("broker_awaited", reason=str(error))
            await asyncio.sleep(0.5)


def _job_runner(work: UnitOfWork, jobs: Jobs) -> list[Background]:
    """Builds the job runner of a service that has jobs."""
    return [JobRunner(work, jobs).run] if jobs.handlers else []


@asynccontextmanager
async def _background(run: Background) -> AsyncIterator[None]:
    task = asyncio.create_task(_restarted(run))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _restarted(run: Background) -> None:
    """Restarts a background task after an unexpected error, which it logs."""
    while True:
        try:
            await run()
        except Exception:
            log.exception("background_failed", task=getattr(run, "__qualname__", repr(run)))
        await asyncio.sleep(1)
