"""Coding replicas as separate processes, which a test can kill one by one."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from deploy.laptop.stack.ports import free_port
from deploy.laptop.stack.service import is_ready
from services.coding.composition import SERVICE
from shared.postgres.migrate import migrate
from tests.environment import Environment, until


@dataclass(slots=True)
class CodingReplica:
    """One replica."""

    environment: Environment
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def launch(self) -> Self:
        """Starts it without waiting."""
        values = self.environment.settings("coding", http_port=self.port)
        settings = {f"FUMA_{name.upper()}": str(value) for name, value in values.items()}
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("FUMA_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services.coding", "run"],
            env={**inherited, **settings},
            cwd=Path(__file__).resolve().parents[2],
        )
        return self

    async def ready(self) -> None:
        """Waits until it is ready."""

        async def look() -> bool:
            assert self.process is not None
            assert self.process.poll() is None
            return await asyncio.to_thread(is_ready, self.port)

        await until(look, seconds=60, what="a coder")

    def end(self, number: signal.Signals) -> None:
        """Ends it by a signal."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(30)
            self.process = None


@asynccontextmanager
async def coding_replicas(environment: Environment, number: int) -> AsyncIterator[list[CodingReplica]]:
    """Runs this number of replicas, ready."""
    await migrate(environment.dsn("coding", owner=True), "coding", SERVICE.migrations)
    replicas = [CodingReplica(environment).launch() for _ in range(number)]
    try:
        await asyncio.gather(*(one.ready() for one in replicas))
        yield replicas
    finally:
        for one in replicas:
            one.end(signal.SIGTERM)
