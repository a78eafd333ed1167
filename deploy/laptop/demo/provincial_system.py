"""Watching a provincial system that runs as a process of its own."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from deploy.laptop.demo.person import NeverCame

PATIENCE_SECONDS = 60.0


@dataclass(slots=True)
class Province:
    """What a provincial system has received."""

    code: str
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def others(self) -> int:
        """How many events it received that are another province's."""
        return sum(not str(event["region"]).startswith(self.code) for event in self.events)

    def about(self, *subjects: str) -> list[dict[str, Any]]:
        """The events of these subjects, in the order in which they came."""
        return [event for event in self.events if event["subject"] in subjects]

    @property
    def out_of_order(self) -> int:
        """How many events came after a later one of the same subject and source."""
        last: dict[tuple[str, str], int] = {}
        late = 0
        for event in self.events:
            key, version = (event["source"], event["subject"]), int(event["subjectversion"])
            late += version < last.get(key, 0)
            last[key] = max(version, last.get(key, 0))
        return late

    async def received(self, subject: str, event_type: str) -> None:
        """Returns when an event of this type has come for a subject."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not any(event["type"] == event_type for event in self.about(subject)):
                await asyncio.sleep(0.02)


@asynccontextmanager
async def provincial_system(description: dict[str, Any], province: str) -> AsyncIterator[Province]:
    """Starts the province's system with what it may know, and collects what it prints."""
    known = description["provincial"][province]
    arguments = [
        "--url",
        known["url"],
        "--province",
        province,
        "--asyncapi",
        f"{description['gateway']}/api/v1/asyncapi.json",
    ]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "deploy.laptop.demo.province",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        limit=2**22,
    )
    received = Province(province)
    reading = asyncio.create_task(_collect(process, received))
    try:
        yield received
    finally:
        process.terminate()
        await process.wait()
        await reading


async def _collect(process: asyncio.subprocess.Process, received: Province) -> None:
    if process.stdout is None:
        raise NeverCame("the provincial system has no output")
    async for line in process.stdout:
        received.events.append(json.loads(line))
