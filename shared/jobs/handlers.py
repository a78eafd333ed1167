"""The job handlers of a service: each processes one slice of a job in one transaction."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.ids import new_id
from shared.jobs import store
from shared.jobs.rules import Job, Slice
from shared.postgres.transaction import Transaction

Handler = Callable[[Transaction, Job], Awaitable[Slice]]


@dataclass(frozen=True, slots=True)
class Jobs:
    """The job kinds that a service can run, and those that it starts on a schedule."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    schedule: dict[str, timedelta] = field(default_factory=dict)

    def handler(self, kind: str, *, every: timedelta | None = None) -> Callable[[Handler], Handler]:
        """Registers the function that processes one slice of a job of this kind; `every` sets a schedule.

        A slice is set-based work of about a second at most. Its rows, its events and the job's cursor commit
        together, so that an interrupted slice leaves no trace.
        """

        def add(handler: Handler) -> Handler:
            self.handlers[kind] = handler
            if every is not None:
                self.schedule[kind] = every
            return handler

        return add


async def start_job(
    tx: Transaction,
    kind: str,
    arguments: dict[str, Any] | None = None,
    *,
    key: str | None = None,
    total: int | None = None,
    owner_id: UUID | None = None,
) -> UUID:
    """Starts a job in the transaction and returns its id; with a key, returns the open job of that key."""
    return await store.start(tx, new_id(), kind, key, arguments or {}, total, owner_id)
