"""An object's columns are named once: lists, parameters, assignments and the way back follow from them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import pytest
from pydantic import BaseModel

from shared.postgres.columns import Column, Columns
from shared.postgres.row_mapper import Part, RowMapper, enum, models


class Colour(StrEnum):
    """A colour."""

    RED = "red"


class Seal(BaseModel):
    """A seal on a box."""

    text: str


class Size(NamedTuple):
    """The size of a box."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Box:
    """Something in a table."""

    number: int
    label: str | None


@dataclass(frozen=True, slots=True)
class Parcel:
    """Something with parts."""

    number: int
    colour: Colour | None
    seals: tuple[Seal, ...]
    size: Size
    lid: Box | None
    weight: int


BOX = RowMapper(Box, {"number": "bigint", "label": "text"}, key=["number"])
PARCEL = RowMapper(
    Parcel,
    {
        "parcel_id": Column("bigint", "number"),
        "colour": enum(Colour),
        "seals": models(Seal),
        "size": Part(RowMapper(Size, {"width": "integer", "height": "integer"})),
        "lid": Part(BOX, prefix="lid_", optional=True),
        "searched": Column("text", lambda one: f"parcel {one.number}"),
    },
    computed={"weight": lambda row: row["width"] * 2},
)
FULL = Parcel(1, Colour.RED, (Seal(text="a"),), Size(2, 3), Box(3, "b"), 4)
BARE = Parcel(2, None, (), Size(5, 6), None, 10)


def row(parcel: Parcel) -> Mapping[str, object]:
    return dict(zip(PARCEL.written, PARCEL.values(parcel), strict=True))


def test_lists_parameters_and_assignments_are_in_one_order() -> None:
    assert BOX.columns == "number, label"
    assert BOX.of("one") == "one.number AS number, one.label AS label"
    assert BOX.of("lid", "lid_") == "lid.number AS lid_number, lid.label AS lid_label"
    assert BOX.parameters == "$1, $2"
    assert BOX.parameter(1) == "$3"
    assert BOX.rows == "unnest($1::bigint[], $2::text[]) AS new (number, label)"
    assert BOX.ordered_rows == "unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS new (number, label, place)"
    assert BOX.only("label", "number").columns == "label, number"


def test_the_key_is_never_assigned() -> None:
    assert BOX.assignments("excluded") == "label = excluded.label"
    assert BOX.parameter_assignments == "label = $2"
    assert BOX.only("label", "number").parameter_assignments == "label = $1"
    assert PARCEL.assignments("new", "colour", "width") == "colour = new.colour, width = new.width"


def test_items_become_parameters_and_rows_items() -> None:
    boxes = [Box(1, "a"), Box(2, None)]
    assert BOX.arrays(boxes) == [[1, 2], ["a", None]]
    assert list(BOX.values(boxes[0])) == [1, "a"]
    assert list(BOX.only("label").values(boxes[0])) == ["a"]
    assert BOX.from_row({"label": "a", "number": 1, "other": 2}) == boxes[0]


@pytest.mark.parametrize("parcel", [FULL, BARE])
def test_enums_models_and_parts_come_back_as_they_were(parcel: Parcel) -> None:
    assert PARCEL.from_row(row(parcel)) == parcel


def test_a_part_is_stored_in_columns_of_the_same_row() -> None:
    assert row(FULL) == {
        "parcel_id": 1,
        "colour": "red",
        "seals": [{"text": "a"}],
        "width": 2,
        "height": 3,
        "lid_number": 3,
        "lid_label": "b",
        "searched": "parcel 1",
    }
    assert row(BARE)["lid_number"] is row(BARE)["lid_label"] is None


def test_json_travels_as_text_in_arrays() -> None:
    sealed: Columns[Parcel] = PARCEL.only("parcel_id", "seals")
    assert sealed.arrays([FULL, BARE]) == [[1, 2], ['[{"text":"a"}]', "[]"]]
    assert sealed.rows == (
        "(SELECT parcel_id, seals::jsonb FROM unnest($1::bigint[], $2::text[]) AS new (parcel_id, seals)) AS new"
    )


def test_arrays_travel_as_text_in_arrays() -> None:
    words: Columns[list[str]] = Columns({"words": Column("text[]", list)})
    assert words.arrays([["a", 'b"\\'], []]) == [['{"a","b\\"\\\\"}', "{}"]]
    assert words.rows == "(SELECT words::text[] FROM unnest($1::text[]) AS new (words)) AS new"


def test_a_joined_object_is_read_by_its_prefix() -> None:
    assert BOX.reader("lid_")({"number": 9, "lid_number": 1, "lid_label": None}) == Box(1, None)


def test_what_does_not_fit_is_refused_at_import() -> None:
    with pytest.raises(TypeError, match="no fields of Box"):
        RowMapper(Box, {"number": "bigint", "label": "text", "colour": "text"})
    with pytest.raises(TypeError, match=r"fields of Box without a column: \['label'\]"):
        RowMapper(Box, {"number": "bigint"})
    with pytest.raises(TypeError, match="colour"):
        BOX.assignments("new", "colour")
    with pytest.raises(TypeError, match="colour"):
        BOX.only("colour")
