"""The kinds of jobs of a service: each is a handler that works off one slice in one transaction."""

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
    """The kinds of jobs that a service works off, and those that it starts by the clock."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    schedule: dict[str, timedelta] = field(default_factory=dict)

    def handler(self, kind: str, *, every: timedelta | None = None) -> Callable[[Handler], Handler]:
        """Names the function that works off one slice of a job of this kind; `every` starts one regularly.

        A slice is set-based work of about a second at most. Its rows, its events and the job's cursor commit
        together, so a slice that is interrupted has not happened.
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
    """Starts a job with the transaction's commit and answers its id; with a key, the open one of that key."""
    return await store.start(tx, new_id(), kind, key, arguments or {}, total, owner_id)
