"""What kind of failure an error is, and so what becomes of the message: decided here and nowhere else.

infrastructure   connection lost, deadlock, disk full ...   stays in hand and is tried again in place
not yet          a kind that only newer versions know       waits in a retry queue for as long as it takes
attempt failed   an error in the handler, a dead worker     waits in a retry queue, dead after the last delay
permanent        broken data, a broken rule                 dead at once
"""

from enum import StrEnum

from pydantic import ValidationError

from shared.messaging.envelope import EnvelopeBroken
from shared.messaging.publisher import BrokerUnavailable
from shared.postgres.failures import is_infrastructure_failure
from shared.problems import Kind, RuleBroken

_BROKEN = (EnvelopeBroken, ValidationError, UnicodeDecodeError)
_PASSING = {Kind.UNAVAILABLE, Kind.THROTTLED}


class NotYet(Exception):
    """Something that the message depends on is missing; it is retried with growing delay and without a limit."""


class HandlingTimedOut(Exception):
    """A handler took too long although Postgres had answered."""


class FailureKind(StrEnum):
    """The kinds of failure, each with its own retry."""

    INFRASTRUCTURE = "infrastructure"
    NOT_YET = "not_yet"
    ATTEMPT_FAILED = "attempt_failed"
    PERMANENT = "permanent"


def failure_kind(error: BaseException) -> FailureKind:
    """Classifies the error of a failed message."""
    if isinstance(error, NotYet):
        return FailureKind.NOT_YET
    if isinstance(error, BrokerUnavailable) or is_infrastructure_failure(error):
        return FailureKind.INFRASTRUCTURE
    if isinstance(error, _BROKEN) or (isinstance(error, RuleBroken) and error.kind not in _PASSING):
        return FailureKind.PERMANENT
    return FailureKind.ATTEMPT_FAILED
