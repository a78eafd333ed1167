"""Which changes break a contract, by examples on a real one."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from shared.contracts.compatibility import breaking_changes
from shared.contracts.registry.events import SubmissionFiled
from shared.contracts.review.events import CaseMoved

Schema = dict[str, Any]
Change = Callable[[Schema], object]

BREAKING: dict[str, Change] = {
    "a field removed": lambda new: new["properties"].pop("title"),
    "a new required field": lambda new: (
        new["properties"].update(more={"type": "string"}),
        new["required"].append("more"),
    ),
    "an optional field made required": lambda new: new["required"].append("note"),
    "a required field made optional": lambda new: new["required"].remove("title"),
    "a type changed": lambda new: new["properties"]["title"].update(type="integer"),
    "a type narrowed": lambda new: new["properties"].update(note={"type": "string"}),
    "a type widened, which receivers do not know": lambda new: new["properties"].update(
        title={"anyOf": [{"type": "string"}, {"type": "null"}]}
    ),
    "a format changed": lambda new: new["properties"]["filed_by"].pop("format"),
    "a pattern changed": lambda new: new["properties"]["region"].update(pattern="^[0-9]{9}$"),
    "a bound tightened": lambda new: new["properties"]["subject_version"].update(minimum=1),
    "a length limited": lambda new: new["properties"]["title"].update(maxLength=10),
    "a value of an enumeration removed": lambda new: new["$defs"]["Level"]["enum"].remove("nation"),
    "a new value of an enumeration": lambda new: new["$defs"]["Level"]["enum"].append("city"),
    "an enumeration where there was none": lambda new: new["properties"]["title"].update(enum=["a"]),
    "a constant changed": lambda new: new["properties"]["nation_only"].update(const=True),
    "the type's name changed": lambda new: new.update(title="SubmissionHandedIn"),
    "a field removed deep inside": lambda new: new["$defs"]["Attachment"]["properties"].pop("pages"),
    "a type changed inside a list": lambda new: new["$defs"]["Attachment"]["properties"]["pages"].update(
        type="string"
    ),
    "the items of a list replaced": lambda new: new["properties"]["attachments"].update(items={"type": "string"}),
}
HARMLESS: dict[str, Change] = {
    "nothing": lambda _: None,
    "a new optional field": lambda new: new["properties"].update(more={"type": "string", "default": ""}),
    "other words": lambda new: new.update(description="Otherwise said."),
    "a bound loosened": lambda new: new["properties"]["subject_version"].update(minimum=-1),
    "a definition renamed": lambda new: (
        new["$defs"].update(FileOfField=new["$defs"].pop("Attachment")),
        new["properties"]["attachments"].update(items={"$ref": "#/$defs/FileOfField"}),
    ),
}


def changed(change: Change) -> tuple[Schema, Schema]:
    """The contract before and after a change."""
    old = SubmissionFiled.contract()
    old["$defs"]["Level"] = {"type": "string", "enum": ["county", "nation"]}
    old["properties"]["level"] = {"$ref": "#/$defs/Level"}
    old["properties"]["note"] = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    new = deepcopy(old)
    change(new)
    return old, new


@pytest.mark.parametrize("change", BREAKING.values(), ids=BREAKING.keys())
def test_a_breaking_change_is_found(change: Change) -> None:
    assert breaking_changes(*changed(change))


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS.keys())
def test_a_compatible_change_is_accepted(change: Change) -> None:
    assert not breaking_changes(*changed(change))


def test_every_break_is_reported_with_its_place() -> None:
    old, new = changed(lambda new: new["properties"].pop("title"))
    assert breaking_changes(old, new) == ["$.title: the field was removed"]
    assert len(breaking_changes(SubmissionFiled.contract(), CaseMoved.contract())) > 5
