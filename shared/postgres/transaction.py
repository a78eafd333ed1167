"""One transaction for each use case: its rows, its events and its audit entries are committed together.

The endpoint or consumer opens the transaction and passes it to the use case; a use case neither commits nor
publishes. Its events are written to the outbox just before the commit, and the relay publishes them from there.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import asyncpg
from pydantic import JsonValue

from shared.clock import Clock, utc_now
from shared.contracts.event import Event, EventKey
from shared.ids import new_id
from shared.messaging.outbox import EventRow
from shared.postgres.audit import Entry
from shared.postgres.commit_records import Answer, commit_records
from shared.postgres.failures import is_infrastructure_failure
from shared.postgres.pool import Pool, as_json, free_connection


@dataclass(frozen=True, slots=True)
class Cause:
    """Why something happens: its chain of requests and events, and the actor and address that started it."""

    correlation_id: str
    causation_id: str = ""
    traceparent: str = ""
    actor: str = ""
    address: str = ""

    @classmethod
    def itself(cls, actor: str = "") -> "Cause":
        """Starts a new chain."""
        return cls(correlation_id=str(new_id()), actor=actor)


class Rows(Protocol):
    """The reading interface of a store: a transaction, or a connection that only reads."""

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        """Returns all rows."""

    async def fetchrow(self, query: str, *args: Any) -> Any:
        """Returns the first row, or None."""

    async def fetchval(self, query: str, *args: Any) -> Any:
        """Returns the first value of the first row, or None."""


@dataclass(frozen=True, slots=True)
class _Recorded:
    event: Event
    cause: Cause


@dataclass(slots=True)
class Transaction:
    """The working context of a use case: rows, the time, and what it records."""

    connection: Any
    now: datetime
    cause: Cause
    received: dict[EventKey, Cause] = field(default_factory=dict)
    _recorded: list[_Recorded] = field(default_factory=list)
    _audited: list[Entry] = field(default_factory=list)
    _answer: Answer | None = None
    _after_commit: list[Callable[[], None]] = field(default_factory=list)

    async def fetch(self, query: str, *args: Any) -> list[Any]:
        """Returns all rows."""
        rows: list[Any] = await self.connection.fetch(query, *args)
        return rows

    async def fetchrow(self, query: str, *args: Any) -> Any:
        """Returns the first row, or None."""
        return await self.connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:
        """Returns the first value of the first row, or None."""
        return await self.connection.fetchval(query, *args)

    async def execute(self, query: str, *args: Any) -> str:
        """Runs a statement and returns its tag, such as `UPDATE 1`."""
        tag: str = await self.connection.execute(query, *args)
        return tag

    def record(self, event: Event, *, because_of: Event | None = None) -> None:
        """Records an event; `because_of` names the received event that caused it in a group of several."""
        self._recorded.append(_Recorded(event, self._cause_of(because_of)))

    def audit(self, subject_id: UUID, action: str, *, before: JsonValue = None, after: JsonValue = None) -> None:
        """Adds an audit entry: who did what to a subject, with its state before and after."""
        cause = self.cause
        states = (None if value is None else as_json(value) for value in (before, after))
        entry = Entry(subject_id, cause.actor, cause.address, action, cause.correlation_id, *states)
        self._audited.append(entry)

    def keep(self, answer: Answer) -> None:
        """Stores the answer to the request, for its repetitions."""
        self._answer = answer

    def after_commit(self, call: Callable[[], None]) -> None:
        """Registers a call for after the commit; it is dropped if the transaction is rolled back."""
        self._after_commit.append(call)

    def committed(self) -> None:
        """Runs the calls that were registered for after the commit."""
        for call in self._after_commit:
            call()

    def _cause_of(self, event: Event | None) -> Cause:
        """Returns the cause of the transaction, or of a received event; KeyError if it was not received."""
        return self.cause if event is None else self.received[event.key]

    async def flush(self) -> bool:
        """Writes the records before the commit, once; returns whether there are events to publish.

        Raises AnsweredBefore if the same request has stored its answer already.
        """
        rows = [_row(recorded) for recorded in self._recorded]
        await commit_records(self.connection, self.now, self._audited, rows, self._answer)
        return bool(rows)


def _row(recorded: _Recorded) -> EventRow:
    event, cause = recorded.event, recorded.cause
    return EventRow(
        new_id(),
        event.type,
        event.subject_id,
        event.subject_version,
        event.region,
        cause.correlation_id,
        cause.causation_id,
        cause.traceparent,
        event.model_dump_json(),
    )


class CommitOutcomeUnknown(ConnectionError):
    """The connection broke during the commit: whether it succeeded is unknown."""


class UnitOfWork:
    """Opens the transactions of a service; after a commit with events it wakes the relay."""

    def __init__(self, pool: Pool, *, clock: Clock = utc_now, wait_seconds: float | None = None) -> None:
        self.pool = pool
        self.clock = clock
        self.committed: Callable[[], None] = lambda: None
        self._wait_seconds = wait_seconds

    @asynccontextmanager
    async def begin(self, cause: Cause) -> AsyncIterator[Transaction]:
        """Opens a transaction: commits it with its records at the end, rolls it back on any error.

        Raises NoConnectionFree, CommitOutcomeUnknown.
        """
        async with free_connection(self.pool, self._wait_seconds) as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                tx = Transaction(connection, self.clock(), cause)
                yield tx
                has_events = await tx.flush()
            except BaseException:
                # The first error is reported, not that the rollback failed on the broken connection.
                with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                    await transaction.rollback()
                raise
            await _commit(transaction)
        tx.committed()
        if has_events:
            self.committed()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Rows]:
        """Opens a connection for independent statements; raises NoConnectionFree."""
        async with free_connection(self.pool, self._wait_seconds) as connection:
            yield connection


async def _commit(transaction: Any) -> None:
    try:
        await transaction.commit()
    except Exception as error:
        # An error from Postgres itself (a constraint, a serialization failure) means that nothing was committed.
        is_answer = isinstance(error, asyncpg.PostgresError) and not _ends_session(error)
        if is_answer or not is_infrastructure_failure(error):
            raise
        raise CommitOutcomeUnknown("the connection broke during the commit") from error


def _ends_session(error: asyncpg.PostgresError) -> bool:
    return (error.sqlstate or "").startswith(("08", "57P", "40003"))
