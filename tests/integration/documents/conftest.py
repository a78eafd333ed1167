"""One documents service for all tests of its endpoints: starting its workers takes longer than any test."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.environment import Environment, Servers


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def office(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Environment]:
    """An environment in which the documents service runs, with its files in the folder `files`."""
    folder = tmp_path_factory.mktemp("documents")
    async with (
        Environment(servers, folder).built() as environment,
        environment.running("documents", files_url=f"file://{folder}/files"),
    ):
        yield environment
