"""The description of a running platform for those who use it: `.local/platform.json`."""

import fcntl
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deploy.keys import write_secret

Description = dict[str, Any]


def read_description(path: Path) -> Description:
    """The description, empty where no platform ever ran."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def change_description(path: Path, change: Callable[[Description], None]) -> None:
    """Changes the description in one step; two writers never lose each other's change."""
    with _alone(path):
        description = read_description(path)
        change(description)
        write_secret(path, json.dumps(description, ensure_ascii=False, indent=2))


def add_accounts(path: Path, accounts: Sequence[dict[str, Any]]) -> None:
    """Adds demo accounts; one with the same user name is replaced.

    Each: username, password, role, region, unit.
    """
    names = {account["username"] for account in accounts}

    def add(description: Description) -> None:
        others = [known for known in description.get("accounts", []) if known["username"] not in names]
        description["accounts"] = [*others, *accounts]

    change_description(path, add)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
