"""OpenAPI and AsyncAPI of the whole platform: valid, complete, and as committed."""

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import ValidationError

from gateway.description.merging import openapi, operations
from shared.contracts.asyncapi import asyncapi, key_of
from shared.contracts.catalogue import EVENTS, PUBLIC_EVENTS
from shared.contracts.coding.events import CodeAssigned
from shared.contracts.event import Event
from shared.contracts.service_routes import SERVICE_OF
from shared.ids import new_id
from shared.messaging.envelope import headers_of
from tests.contract.declarations import described, routes_of
from tests.contract.write import documents
from tests.environment import row_of


@pytest.fixture(scope="module")
def http() -> dict[str, Any]:
    """The OpenAPI document."""
    return described()


@pytest.fixture(scope="module")
def events() -> dict[str, Any]:
    """The AsyncAPI document."""
    return asyncapi(broker="broker:5672", virtual_host="fuma", provinces=["43", "32"])


def test_the_openapi_document_is_valid(http: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(http).validate()
    assert http["openapi"].startswith("3.1")


def test_no_two_operations_share_an_id(http: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(http)]
    assert sorted(names) == sorted(set(names))


def test_every_operation_has_a_summary_and_its_refusals(http: dict[str, Any]) -> None:
    for name, operation in operations(http):
        assert operation["summary"], name
        assert "default" in operation["responses"], name


@pytest.mark.parametrize("service", sorted(set(SERVICE_OF.values())))
def test_every_path_begins_with_a_collection_of_its_service(service: str) -> None:
    endpoints = [one for routes in routes_of(service) for one in routes.endpoints]
    for one in endpoints:
        collection = one.path.split("/")[1]
        assert (collection == "internal") == one.internal
        assert one.internal or SERVICE_OF.get(collection) == service, one.path


def test_schemas_of_the_same_name_that_differ_get_names_of_their_own() -> None:
    def part(kind: str) -> dict[str, Any]:
        answer = {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/View"}}}}}
        return {
            "paths": {f"/{kind}": {"get": {"operationId": "same", "responses": answer}}},
            "tags": [],
            "schemas": {"View": {"type": kind}, "Shared": {"type": "null"}},
        }

    document = openapi({"coding": part("string"), "review": part("integer")})
    schemas = document["components"]["schemas"]
    assert (schemas["View"]["type"], schemas["ReviewView"]["type"]) == ("string", "integer")
    assert "ReviewShared" not in schemas
    assert "ReviewView" in json.dumps(document["paths"]["/integer"])
    assert {operation["operationId"] for _, operation in operations(document)} >= {"same", "review_same"}


def test_the_asyncapi_document_is_valid(events: dict[str, Any]) -> None:
    ApplicationSchema.model_validate(events)
    assert events["asyncapi"] == "3.0.0"
    assert {operation["action"] for operation in events["operations"].values()} == {"send"}
    for reference in _references(events):
        target: Any = events
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


@pytest.mark.parametrize(
    ("part", "member", "wrong"),
    [
        ("info", "title", None),
        ("servers", "host", None),
        ("channels", "address", 5),
        ("operations", "action", "eat"),
    ],
)
def test_an_invalid_asyncapi_document_is_reported(
    events: dict[str, Any], part: str, member: str, wrong: Any
) -> None:
    broken = json.loads(json.dumps(events))
    for one in [broken[part]] if part == "info" else broken[part].values():
        one[member] = wrong
    with pytest.raises(ValidationError):
        ApplicationSchema.model_validate(broken)


def test_the_asyncapi_document_of_provinces_lists_public_events_only(events: dict[str, Any]) -> None:
    known = {message["name"] for message in events["components"]["messages"].values()}
    assert known == set(PUBLIC_EVENTS)
    assert known < set(EVENTS)
    assert events["channels"]["province"]["address"] == "provinces.{province}"


def test_a_message_is_valid_by_its_description(events: dict[str, Any]) -> None:
    event = CodeAssigned(
        subject_id=new_id(),
        subject_version=2,
        region="430302",
        kind="institution",
        code="H43030200001",
        name="湘潭市中心医院",
        assigned_at="2026-01-01T00:00:00Z",
    )
    message = events["components"]["messages"][key_of(CodeAssigned.type)]
    body = json.loads(event.model_dump_json())
    headers = headers_of(row_of(event))
    check(body, message["payload"])
    check(headers, message["headers"])
    with pytest.raises(jsonschema.ValidationError):
        check(body | {"region": "43"}, message["payload"])
    with pytest.raises(jsonschema.ValidationError):
        check(headers | {"cloudEvents:type": "another"}, message["headers"])


@pytest.mark.parametrize("event", PUBLIC_EVENTS.values(), ids=PUBLIC_EVENTS.keys())
def test_payload_schemas_have_no_outside_references(events: dict[str, Any], event: type[Event]) -> None:
    payload = events["components"]["messages"][key_of(event.type)]["payload"]
    assert not list(_references(payload))
    assert set(payload["properties"]) == set(event.model_fields)


@pytest.mark.parametrize(("path", "text"), documents().items(), ids=lambda one: getattr(one, "name", ""))
def test_the_committed_documents_are_up_to_date(path: Path, text: str) -> None:
    instruction = "run `python -m tests.contract.write` and commit what it writes"
    assert path.exists(), instruction
    assert path.read_text("utf-8") == text, instruction


def check(instance: object, schema: dict[str, Any]) -> None:
    """Validates as a receiver does, formats included."""
    jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(instance)


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [one for value in part.values() for one in _references(value)]
    return [one for value in part for one in _references(value)] if isinstance(part, list) else []
