"""What the deployment's tests share."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="fuma-deploy-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
