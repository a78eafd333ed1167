"""A dataclass's columns are named once: lists, parameters and assignments follow from them."""

from dataclasses import dataclass

import pytest

from shared.postgres.row_mapper import RowMapper


@dataclass(frozen=True, slots=True)
class Box:
    """Something in a table."""

    number: int
    label: str | None


BOX = RowMapper(Box, {"number": "bigint", "label": "text"})


def test_lists_parameters_and_assignments_are_in_one_order() -> None:
    assert BOX.columns == "number, label"
    assert BOX.parameters == "$1, $2"
    assert BOX.parameter(1) == "$3"
    assert BOX.rows == "unnest($1::bigint[], $2::text[]) AS new (number, label)"
    assert BOX.assignments("excluded") == "number = excluded.number, label = excluded.label"
    assert BOX.assignments("new", "label") == "label = new.label"


def test_items_become_parameters_and_rows_items() -> None:
    boxes = [Box(1, "a"), Box(2, None)]
    assert BOX.arrays(boxes) == [[1, 2], ["a", None]]
    assert BOX.values(boxes[0]) == [1, "a"]
    assert BOX.from_row({"label": "a", "number": 1}) == boxes[0]


def test_a_column_that_is_no_field_is_refused_at_import() -> None:
    with pytest.raises(TypeError, match="no fields of Box"):
        RowMapper(Box, {"number": "bigint", "colour": "text"})
    with pytest.raises(TypeError, match="colour"):
        BOX.assignments("new", "colour")
