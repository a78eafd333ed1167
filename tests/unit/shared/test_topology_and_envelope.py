"""Routing of events by type and region, and the attributes of the envelope."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from cloudevents.core.bindings.amqp import AMQPMessage, from_amqp_event

from shared.contracts.catalogue import EVENTS
from shared.messaging.envelope import EnvelopeBroken, envelope_of, headers_of
from shared.messaging.topology import consumer_binding, provincial_binding, routing_key

ROW: dict[str, Any] = {
    "event_id": UUID("01890000-0000-7000-8000-000000000001"),
    "type": "coding.code.assigned.v1",
    "subject_id": UUID("01890000-0000-7000-8000-000000000002"),
    "subject_version": 2,
    "region": "430302",
    "correlation_id": "chain",
    "causation_id": "cause",
    "traceparent": "",
    "happened_at": datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
}


def takes(binding: str, key: str) -> bool:
    """Whether a topic exchange would route the key by the binding."""
    pattern = re.escape(binding).replace(r"\.\#", r"(\..+)?").replace(r"\*", r"[^.]+")
    return re.fullmatch(pattern, key) is not None


def test_any_cloudevents_library_reads_our_messages() -> None:
    message = AMQPMessage({"content-type": "application/json"}, headers_of(ROW), b'{"code": "H43030200001"}')
    event = from_amqp_event(message)
    assert event.get_id() == str(ROW["event_id"])
    assert event.get_source() == "urn:fuma:coding"
    assert event.get_type() == "coding.code.assigned.v1"
    assert event.get_subject() == str(ROW["subject_id"])
    assert event.get_time() == ROW["happened_at"]
    assert event.get_extension("region") == "430302"
    assert event.get_extension("subjectversion") == "2"
    assert event.get_data() == {"code": "H43030200001"}


def test_what_follows_belongs_to_the_chain_and_names_its_cause() -> None:
    cause = envelope_of(headers_of(ROW)).cause
    assert cause.correlation_id == "chain"
    assert cause.causation_id == str(ROW["event_id"])
    assert cause.actor == "event:coding.code.assigned.v1"


@pytest.mark.parametrize("missing", ["id", "type", "subject", "region", "time", "correlationid"])
def test_an_envelope_without_one_of_its_attributes_is_broken(missing: str) -> None:
    headers = headers_of(ROW)
    with pytest.raises(EnvelopeBroken):
        envelope_of({name: value for name, value in headers.items() if name != f"cloudEvents:{missing}"})


@pytest.mark.parametrize("wrong", [{"cloudEvents:id": 7}, {"cloudEvents:id": "x"}, {"cloudEvents:time": "today"}])
def test_an_envelope_of_another_form_is_broken(wrong: dict[str, Any]) -> None:
    with pytest.raises(EnvelopeBroken):
        envelope_of({**headers_of(ROW), **wrong})


def test_every_event_type_has_four_words_so_that_the_province_is_the_fifth() -> None:
    for name in EVENTS:
        key = routing_key(name, "430302")
        assert key.split(".")[4:] == ["43", "03", "02"]
        assert takes(consumer_binding(name), key)
        assert takes(provincial_binding("43"), key)
        assert not takes(provincial_binding("32"), key)


def test_a_province_is_not_mistaken_for_a_city_or_county_of_the_same_digits() -> None:
    name = next(iter(EVENTS))
    assert not takes(provincial_binding("43"), routing_key(name, "324300"))
    assert not takes(provincial_binding("43"), routing_key(name, "320143"))
    assert takes(provincial_binding("43"), routing_key(name, "439900"))
