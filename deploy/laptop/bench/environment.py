"""What a measurement stands on: a Postgres and a RabbitMQ of its own, and services as processes of their own."""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit

import asyncpg

from deploy.keys import make_keys
from deploy.laptop.stack.ports import free_port, takes_connections
from deploy.laptop.stack.postgres import PostgresServer
from deploy.laptop.stack.rabbitmq import RabbitNode
from deploy.laptop.stack.service import is_ready
from deploy.provision import (
    in_database,
    message_user_of,
    message_users,
    owner_of,
    provision_postgres,
    provision_rabbitmq,
    role_of,
    roles,
    with_login,
)
from deploy.settings_table import module_of

DATABASE = "bench"
PASSWORD = "only-for-measuring"  # noqa: S105 - servers of a moment, on loopback
START_SECONDS = 60


class BenchEnvironment:
    """Servers, keys and settings of one run of measurements."""

    def __init__(self, folder: Path, postgres: PostgresServer, rabbitmq: RabbitNode) -> None:
        self._folder = folder
        self._postgres = postgres
        self._rabbitmq = rabbitmq
        self._ports: dict[tuple[str, int], int] = {}

    async def prepare(self, services: Sequence[str]) -> None:
        """Keys, roles, schemas, vhost and migrations."""
        make_keys(self._folder / "secrets")
        passwords = dict.fromkeys([*roles(), *message_users(())], PASSWORD)
        await provision_postgres(self._postgres.dsn, passwords, database=DATABASE)
        await asyncio.to_thread(provision_rabbitmq, self._rabbitmq.management_url, passwords, (), vhost=DATABASE)
        for service in services:
            await asyncio.to_thread(self._run, service, "migrate")

    @property
    def rabbitmq_url(self) -> str:
        """The administrator's AMQP URL on the run's vhost."""
        return urlsplit(self._rabbitmq.url)._replace(path=f"/{quote(DATABASE)}").geturl()

    @property
    def dsn(self) -> str:
        """The superuser's DSN of the run's database."""
        return in_database(self._postgres.dsn, DATABASE)

    @asynccontextmanager
    async def postgres(self, schema: str) -> AsyncIterator[asyncpg.Connection]:
        """A superuser's connection on a service's schema."""
        connection = await asyncpg.connect(self.dsn, server_settings={"search_path": schema})
        try:
            yield connection
        finally:
            await connection.close()

    def environment(self, service: str, replica: int = 0) -> dict[str, str]:
        """What a process of this run is told."""
        amqp = urlsplit(self._rabbitmq.url)
        return {
            **os.environ,
            "FUMA_POSTGRES_DSN": with_login(self._postgres.dsn, role_of(service), PASSWORD, DATABASE),
            "FUMA_POSTGRES_OWNER_DSN": with_login(self._postgres.dsn, owner_of(service), PASSWORD, DATABASE),
            "FUMA_RABBITMQ_URL": with_login(amqp.geturl(), message_user_of(service), PASSWORD, DATABASE),
            "FUMA_HTTP_PORT": str(self.port(service, replica)),
            "FUMA_SECRETS": str(self._folder / "secrets"),
            "FUMA_LOG_LEVEL": "WARNING",
            # Printed on certificates, which no figure is about.
            "FUMA_PUBLIC_URL": "http://127.0.0.1",
        }

    def port(self, service: str, replica: int = 0) -> int:
        """Where a process of this run listens."""
        return self._ports.setdefault((service, replica), free_port())

    def _run(self, service: str, command: str) -> None:
        subprocess.run(
            [sys.executable, "-m", module_of(service), command], env=self.environment(service), check=True
        )

    def _started(self, service: str, replica: int) -> subprocess.Popen[bytes]:
        # Standard output is for figures alone.
        return subprocess.Popen(
            [sys.executable, "-m", module_of(service)], env=self.environment(service, replica), stdout=sys.stderr
        )

    @asynccontextmanager
    async def process(self, service: str, replica: int = 0) -> AsyncIterator[subprocess.Popen[bytes]]:
        """A replica of a service as a process of its own, ready."""
        process = self._started(service, replica)
        try:
            await asyncio.to_thread(_wait_ready, process, self.port(service, replica))
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(process.wait, 30)


def _wait_ready(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while not (takes_connections(port) and is_ready(port)):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the process on port {port} did not become ready")
        time.sleep(0.02)


@contextmanager
def bench_environment() -> Iterator[BenchEnvironment]:
    """A ground with durable servers of its own, gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fuma-bench-")))
        postgres = PostgresServer(folder / "postgres")
        stack.callback(postgres.discard)
        stack.enter_context(postgres)
        rabbitmq = stack.enter_context(RabbitNode(folder / "rabbitmq"))
        yield BenchEnvironment(folder, postgres, rabbitmq)
