"""The classification of failures: infrastructure, message, or not handled yet."""

import errno

import asyncpg
import pytest
from asyncpg.exceptions import DataError

from shared.messaging.envelope import EnvelopeBroken
from shared.messaging.failures import FailureKind, HandlingTimedOut, failure_kind
from shared.messaging.kinds import KindNotKnownYet
from shared.messaging.publisher import BrokerUnavailable
from shared.problems import Kind, NotFound, RuleBroken


class Busy(RuleBroken):
    """A temporary state of the platform."""

    code, kind, zh, en = "busy-in-a-test", Kind.UNAVAILABLE, "忙", "busy"


INFRASTRUCTURE = (
    ConnectionRefusedError(),
    TimeoutError(),
    OSError("Multiple exceptions: [Errno 111], [Errno 111]"),
    OSError(errno.ENOSPC, "No space left on device"),
    BrokerUnavailable("frozen"),
    asyncpg.InterfaceError("connection is closed"),
    asyncpg.InterfaceError("pool is closing"),
    asyncpg.ConnectionDoesNotExistError("closed in the middle"),
    asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
    asyncpg.DeadlockDetectedError("deadlock detected"),
    asyncpg.SerializationError("could not serialize"),
    asyncpg.LockNotAvailableError("lock timeout"),
    asyncpg.QueryCanceledError("statement timeout"),
    asyncpg.DiskFullError("disk full"),
    asyncpg.TooManyConnectionsError("too many"),
    asyncpg.CannotConnectNowError("starting up"),
    asyncpg.AdminShutdownError("terminating"),
    asyncpg.ReadOnlySQLTransactionError("a standby"),
    asyncpg.InvalidAuthorizationSpecificationError("not permitted to log in"),
)
ATTEMPT_FAILED = (
    ZeroDivisionError(),
    HandlingTimedOut("60 s"),
    Busy(),
    FileNotFoundError("letter.pdf"),
    asyncpg.UniqueViolationError("twice"),
    asyncpg.NotNullViolationError("null"),
    asyncpg.UndefinedTableError("no such table"),
    asyncpg.InterfaceError("the server expects 2 arguments for this query, 1 was passed"),
    DataError("invalid input for query argument $1: value out of int64 range"),
)


@pytest.mark.parametrize("error", INFRASTRUCTURE, ids=repr)
def test_an_infrastructure_failure_counts_no_attempt(error: Exception) -> None:
    assert failure_kind(error) is FailureKind.INFRASTRUCTURE


@pytest.mark.parametrize("error", ATTEMPT_FAILED, ids=repr)
def test_an_error_of_the_message_counts_as_an_attempt(error: Exception) -> None:
    assert failure_kind(error) is FailureKind.ATTEMPT_FAILED


def test_invalid_messages_and_unknown_kinds_are_classified() -> None:
    assert failure_kind(EnvelopeBroken()) is FailureKind.PERMANENT
    assert failure_kind(NotFound()) is FailureKind.PERMANENT
    assert failure_kind(KindNotKnownYet()) is FailureKind.NOT_YET
