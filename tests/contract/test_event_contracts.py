"""Event contracts: the committed schemas are those of the models, and released ones are still compatible."""

import json
from pathlib import Path

import pytest

from shared.contracts.catalogue import EVENTS, PUBLIC_EVENTS, SCHEMAS, schema_text
from shared.contracts.compatibility import breaking_changes
from shared.contracts.event import Event
from tests.contract.declarations import modules
from tests.contract.write import RELEASED

_ANEW = "run `python -m shared.contracts` and commit what it writes"
_PERSONAL = ("id_number", "phone", "person", "account_id", "filed_by", "username")


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_the_committed_schema_is_that_of_the_model(event: type[Event]) -> None:
    committed = SCHEMAS / f"{event.type}.json"
    assert committed.exists(), _ANEW
    assert committed.read_text("utf-8") == schema_text(event), _ANEW


def test_every_event_has_a_schema_and_every_schema_an_event() -> None:
    assert {path.stem for path in SCHEMAS.glob("*.json")} == set(EVENTS)
    modules()
    declared = {one for one in _kinds(Event) if "type" in vars(one) and one.__module__.startswith("shared.")}
    assert declared == set(EVENTS.values())


@pytest.mark.parametrize("released", sorted(RELEASED.glob("*.json")), ids=lambda path: path.stem)
def test_released_contracts_are_still_compatible(released: Path) -> None:
    assert released.stem in EVENTS, "a released event was removed: receivers may still wait for it"
    before = json.loads(released.read_text("utf-8"))
    found = breaking_changes(before, EVENTS[released.stem].contract())
    assert not found, f"make a new version beside {released.stem}: {found}"


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_a_type_has_four_words_and_a_version(event: type[Event]) -> None:
    words = event.type.split(".")
    assert len(words) == 4
    assert words[0] == event.__module__.split(".")[2]
    assert words[3][0] == "v"
    assert words[3][1:].isdigit()
    assert event.__doc__


@pytest.mark.parametrize("event", PUBLIC_EVENTS.values(), ids=PUBLIC_EVENTS.keys())
def test_public_events_carry_nothing_personal(event: type[Event]) -> None:
    assert not [name for name in event.model_fields if any(word in name for word in _PERSONAL)]


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS.keys())
def test_a_field_that_may_get_new_values_is_an_open_string(event: type[Event]) -> None:
    closed = {name for name, schema in event.contract().get("$defs", {}).items() if "enum" in schema}
    # The administrative levels are closed by law; kinds, scopes and roles grow with the platform.
    assert closed <= {"Level"}


def _kinds(kind: type[Event]) -> set[type[Event]]:
    below = set(kind.__subclasses__())
    return below.union(*(_kinds(one) for one in below))
