"""One platform for all journeys of a worker."""

from collections.abc import Iterator

import pytest

from deploy.local.platform import Platform
from tests.platforms import platform_in


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The whole platform, running."""
    with platform_in(tmp_path_factory.mktemp("platform")) as running:
        yield running
