"""One Postgres and one RabbitMQ for a whole test run, however many processes it has."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.laptop.stack.postgres import PostgresServer
from deploy.laptop.stack.rabbitmq import RabbitNode

POSTGRES = "FUMA_TEST_POSTGRES_DSN"
RABBITMQ = "FUMA_TEST_RABBITMQ_URL"
MANAGEMENT = "FUMA_TEST_RABBITMQ_MANAGEMENT_URL"


@contextmanager
def shared_servers() -> Iterator[dict[str, str]]:
    """The servers' addresses by their settings' names: those given, else private ones, then removed."""
    with ExitStack() as stack:
        addresses = {name: os.environ[name] for name in (POSTGRES, RABBITMQ, MANAGEMENT) if name in os.environ}
        # Both boot at the same time.
        postgres = None if POSTGRES in addresses else _postgres(stack)
        rabbitmq = None if RABBITMQ in addresses else _rabbitmq(stack)
        if postgres is not None:
            postgres.wait_ready()
            addresses[POSTGRES] = postgres.dsn
        if rabbitmq is not None:
            rabbitmq.wait_ready()
            addresses |= {RABBITMQ: rabbitmq.url, MANAGEMENT: rabbitmq.management_url}
        yield addresses


def _postgres(stack: ExitStack) -> PostgresServer:
    server = PostgresServer(_folder(stack, "postgres"), durable=False)
    stack.callback(server.discard)
    stack.callback(server.stop)
    server.launch()
    return server


def _rabbitmq(stack: ExitStack) -> RabbitNode:
    node = RabbitNode(_folder(stack, "rabbitmq"))
    stack.callback(node.stop)
    node.launch()
    return node


def _folder(stack: ExitStack, name: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"fuma-test-{name}-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder
