"""`python -m tests.contract.write` regenerates the interface documents under docs/.

`python -m tests.contract.write released` also records today's event contracts as released.
It adds new queues to the list of durable queues; a queue that left the code is removed from the list by hand.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from shared.contracts.asyncapi import asyncapi
from shared.contracts.catalogue import SCHEMAS, write_schemas
from shared.messaging.topology import DURABLE_QUEUES
from tests.contract.declarations import ROOT, described, subscriptions

OPENAPI = ROOT / "docs" / "openapi.json"
ASYNCAPI = ROOT / "docs" / "asyncapi.json"
RELEASED = Path(__file__).parent / "released"


def text_of(document: dict[str, Any]) -> str:
    """The committed form of a document."""
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def documents() -> dict[Path, str]:
    """The current text of each committed document."""
    events = asyncapi(broker="broker.example:5671", virtual_host="fuma", provinces=["32", "43"])
    return {OPENAPI: text_of(described()), ASYNCAPI: text_of(events)}


def bindings() -> dict[str, str]:
    """The binding of each consumer's queue, from the code."""
    return {one.queue: one.binding for one in subscriptions()}


def main() -> None:
    """Writes them."""
    write_schemas()
    listed = bindings() | json.loads(DURABLE_QUEUES.read_text("utf-8"))
    DURABLE_QUEUES.write_text(text_of(listed), encoding="utf-8")
    for path, text in documents().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    if "released" in sys.argv[1:]:
        shutil.copytree(SCHEMAS, RELEASED, dirs_exist_ok=True)


if __name__ == "__main__":
    main()
