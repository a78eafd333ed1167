"""Builds the AsyncAPI 3.0 document from the event contracts, for the developers of provincial systems."""

from collections.abc import Sequence
from datetime import UTC, datetime
from inspect import cleandoc
from typing import Any
from uuid import UUID

from shared.contracts.catalogue import PUBLIC_EVENTS
from shared.contracts.event import Event
from shared.messaging.envelope import CONTENT_TYPE, headers_of
from shared.messaging.policies import FEED_DAYS, MEBIBYTE, PROVINCIAL_BYTES, PROVINCIAL_DAYS
from shared.messaging.topology import provincial_queue

VERSION = "1.0.0"
_ABOUT = f"""
每个省有一个队列，只含本省的公开事件。队列已由平台建立：请直接消费，不要声明或绑定。

Each province has one queue, with the public events of its own region and no other's. The platform has declared
it: consume from it, with manual acknowledgement; do not declare or bind anything.

* **At least once.** A message may come again, after a lost connection for instance. Remember the ids
  (`cloudEvents:id`) that have been handled, and acknowledge only after what they led to is safely stored.
* **Order.** Events of one subject (`cloudEvents:subject`) come in the order in which they happened in a service;
  `cloudEvents:subjectversion` grows with each of them. Between subjects, and between services, no order is
  promised. One consumer of the queue is active at a time. What is handed back, or was not acknowledged when a
  connection broke, comes again before all that has not been delivered yet. With a prefetch of 1 nothing overtakes
  it; with more, what was delivered meanwhile stays ahead of it. Therefore compare `cloudEvents:subjectversion`
  with the last one of the same subject and source: an older one never overwrites a newer one.
* **Refusing.** What cannot be used is rejected without requeueing: the platform's operator keeps it, and can send
  it again.
* **Retention.** What is not consumed waits for {PROVINCIAL_DAYS} days, as long as the queue holds less than
  {PROVINCIAL_BYTES // MEBIBYTE} MiB; then the oldest go first. Whoever was away for longer has missed events: the
  platform's feed keeps them for {FEED_DAYS} days, and its operator sends those of a province again from a time on.
* **Evolution.** New optional fields and new types appear without notice: ignore what you do not know. All else
  comes as a new version (`…v2`) beside the old one.
* **Format.** CloudEvents 1.0 over AMQP 0-9-1, binary mode: the attributes are message headers with the prefix
  `cloudEvents:`, the body is the event's data as JSON in UTF-8.
"""
_MEANING = {
    "specversion": "Always 1.0.",
    "id": "UUIDv7 of the event: the same when it is delivered again.",
    "source": "The service in which it happened.",
    "type": "What happened; names the schema of the body.",
    "subject": "The record that it happened to.",
    "time": "When it happened, UTC.",
    "dataschema": "Name of the body's schema.",
    "subjectversion": "Grows with every event of the subject in its service.",
    "region": "Insurance region, six digits.",
    "correlationid": "The request that all this began with.",
    "causationid": "The event that this one followed from, or empty.",
    "traceparent": "W3C trace context, or empty.",
}


def asyncapi(*, broker: str, virtual_host: str, provinces: Sequence[str]) -> dict[str, Any]:
    """Builds the document for provinces (two digits each) that reach the broker at `host:port`."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:fuma:events",
        "info": {"title": "赋码事件 Fuma events", "version": VERSION, "description": _ABOUT.strip()},
        "defaultContentType": CONTENT_TYPE,
        "servers": {
            "platform": {
                "host": broker,
                "protocol": "amqp",
                "protocolVersion": "0-9-1",
                "pathname": f"/{virtual_host}",
                "security": [{"$ref": "#/components/securitySchemes/login"}],
            }
        },
        "channels": {"province": _channel(provinces)},
        "operations": {
            "provincialEvents": {
                "action": "send",
                "title": "What the platform sends to a province",
                "channel": {"$ref": "#/channels/province"},
                "messages": [{"$ref": f"#/channels/province/messages/{key_of(name)}"} for name in PUBLIC_EVENTS],
                "bindings": {"amqp": {"deliveryMode": 2, "ack": True, "bindingVersion": "0.3.0"}},
            }
        },
        "components": {
            "messages": {key_of(name): _message(event) for name, event in PUBLIC_EVENTS.items()},
            "securitySchemes": {
                "login": {"type": "userPassword", "description": "The province's own user and password."}
            },
        },
    }


def key_of(event_type: str) -> str:
    """Makes a key of the document from an event type, since keys must not contain dots."""
    return event_type.replace(".", "-")


def _channel(provinces: Sequence[str]) -> dict[str, Any]:
    return {
        "address": provincial_queue("{province}"),
        "title": "省级事件队列 A province's events",
        "messages": {key_of(name): {"$ref": f"#/components/messages/{key_of(name)}"} for name in PUBLIC_EVENTS},
        "servers": [{"$ref": "#/servers/platform"}],
        "parameters": {
            "province": {
                "description": "The first two digits of the province's division code.",
                **({"enum": list(provinces)} if provinces else {}),
            }
        },
        "bindings": {
            "amqp": {
                "is": "queue",
                "queue": {
                    "name": provincial_queue("{province}"),
                    "durable": True,
                    "exclusive": False,
                    "autoDelete": False,
                },
                "bindingVersion": "0.3.0",
            }
        },
    }


def _message(event: type[Event]) -> dict[str, Any]:
    about = cleandoc(event.__doc__ or event.type)
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": about.split("\n", 1)[0],
        "description": about,
        "contentType": CONTENT_TYPE,
        "headers": _headers(event),
        "payload": _inlined(event.contract()),
        "correlationId": {"location": "$message.header#/cloudEvents:correlationid"},
    }


def _headers(event: type[Event]) -> dict[str, Any]:
    """Describes the message headers that the envelope writes."""
    written = headers_of(_an_event(event))
    fixed = {name: written[name] for name in written if name.endswith((":specversion", ":type", ":dataschema"))}
    properties = {
        name: {
            "type": "string",
            "description": _MEANING[name.partition(":")[2]],
            **({"const": fixed[name]} if name in fixed else {}),
        }
        for name in written
    }
    return {"type": "object", "required": list(written), "properties": properties}


def _an_event(event: type[Event]) -> dict[str, Any]:
    nobody = UUID(int=0)
    return {
        "event_id": nobody,
        "type": event.type,
        "subject_id": nobody,
        "subject_version": 0,
        "region": "000000",
        "correlation_id": "",
        "causation_id": "",
        "traceparent": "",
        "happened_at": datetime.fromtimestamp(0, UTC),
    }


def _inlined(schema: dict[str, Any]) -> Any:
    """Replaces references by the definitions that they name, so that each message's schema is self-contained."""
    definitions = schema.get("$defs", {})

    def put(part: Any) -> Any:
        if isinstance(part, dict):
            if "$ref" in part:
                beside = {key: value for key, value in part.items() if key != "$ref"}
                return put(definitions[part["$ref"].rsplit("/", 1)[-1]]) | put(beside)
            return {key: put(value) for key, value in part.items() if key != "$defs"}
        return [put(one) for one in part] if isinstance(part, list) else part

    return put(schema)
