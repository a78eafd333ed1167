"""CloudEvents 1.0 over AMQP, binary mode: the attributes are headers, the body is the event's data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.contracts.event import Event
from shared.postgres.transaction import Cause

PREFIX = "cloudEvents:"
CONTENT_TYPE = "application/json"
# Headers of a retried message: how often it failed, how often it waited for what was not there
# yet, and what was wrong the last time.
ATTEMPT = "fuma-attempt"
WAITED = "fuma-waited"
ERROR = "fuma-error"
TRACE = "fuma-error-trace"


class EnvelopeBroken(Exception):
    """A message lacks attributes that every event has."""


def headers_of(row: Mapping[str, Any]) -> dict[str, str]:
    """Builds the headers of an event in the outbox."""
    service, _, _ = row["type"].partition(".")
    return {
        f"{PREFIX}specversion": "1.0",
        f"{PREFIX}id": str(row["event_id"]),
        f"{PREFIX}source": f"urn:fuma:{service}",
        f"{PREFIX}type": row["type"],
        f"{PREFIX}subject": str(row["subject_id"]),
        f"{PREFIX}time": row["happened_at"].astimezone(UTC).isoformat().replace("+00:00", "Z"),
        f"{PREFIX}dataschema": f"urn:fuma:schema:{row['type']}",
        f"{PREFIX}subjectversion": str(row["subject_version"]),
        f"{PREFIX}region": row["region"],
        f"{PREFIX}correlationid": row["correlation_id"],
        **{f"{PREFIX}{name}": value for name, value in _if_known(row) if value},
    }


def _if_known(row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Returns the optional extensions: a first event has no cause, an untraced event no trace."""
    return ("causationid", row["causation_id"]), ("traceparent", row["traceparent"])


@dataclass(frozen=True, slots=True)
class Envelope:
    """The attributes of a message, which a consumer reads before its data."""

    event_id: UUID
    type: str
    subject: str
    region: str
    time: datetime
    correlation_id: str
    traceparent: str

    @property
    def cause(self) -> Cause:
        """Returns the cause for follow-up work: the same chain, caused by this event."""
        return Cause(
            correlation_id=self.correlation_id,
            causation_id=str(self.event_id),
            traceparent=self.traceparent,
            actor=f"event:{self.type}",
        )


def envelope_of(headers: Mapping[str, Any]) -> Envelope:
    """Parses the attributes; raises EnvelopeBroken for a message that is no event."""
    try:
        return Envelope(
            event_id=UUID(headers[f"{PREFIX}id"]),
            type=headers[f"{PREFIX}type"],
            subject=headers[f"{PREFIX}subject"],
            region=headers[f"{PREFIX}region"],
            time=datetime.fromisoformat(headers[f"{PREFIX}time"]),
            correlation_id=headers[f"{PREFIX}correlationid"],
            traceparent=headers.get(f"{PREFIX}traceparent", ""),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EnvelopeBroken(f"not the envelope of an event: {error}") from error


def parsed(event: type[Event], body: bytes) -> Event:
    """Parses the data of an event by its contract."""
    return event.model_validate_json(body)
