"""Fixtures on real servers: one Postgres and one RabbitMQ for a run; a database and a vhost for each test.

`FUMA_TEST_POSTGRES_DSN`, `FUMA_TEST_RABBITMQ_URL` and `FUMA_TEST_RABBITMQ_MANAGEMENT_URL` name servers that
already run; without them the test run starts private ones.
"""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.laptop.stack.platform import Platform
from tests.environment import Environment, Servers, own_servers
from tests.platforms import platform_in


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Postgres and RabbitMQ for the whole run."""
    with ExitStack() as stack:
        if "FUMA_TEST_POSTGRES_DSN" in os.environ:
            yield Servers(
                os.environ["FUMA_TEST_POSTGRES_DSN"],
                os.environ["FUMA_TEST_RABBITMQ_URL"],
                os.environ["FUMA_TEST_RABBITMQ_MANAGEMENT_URL"],
            )
        else:
            yield stack.enter_context(own_servers())


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The whole platform, running; shared by all journeys, faults and attacks of a test worker."""
    with platform_in(tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture
async def environment(servers: Servers, tmp_path: Path) -> AsyncIterator[Environment]:
    """A fresh database with every schema migrated, a fresh vhost, and keys."""
    async with Environment(servers, tmp_path).built() as environment:
        yield environment
