"""Dataclasses as rows of a table: each field is a column of the same name, named once with its Postgres type."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class RowMapper(Generic[T]):
    """Writes the column lists, parameters and assignments of SQL that reads and writes a dataclass.

    Where fields and columns differ (a nested dataclass, JSON), `to_row` gives the columns of an item, and
    `from_row` makes the item. Without them the columns are fields of the dataclass, which is checked: all of them,
    or those that a statement writes.
    """

    def __init__(
        self,
        of: type[T],
        types: Mapping[str, str],
        *,
        to_row: Callable[[T], Mapping[str, Any]] | None = None,
        from_row: Callable[[Any], T] | None = None,
    ) -> None:
        if to_row is None and not set(types) <= {field.name for field in fields(of)}:  # type: ignore[arg-type]
            raise TypeError(f"the columns are no fields of {of.__name__}")
        self._types = dict(types)
        self._to_row = to_row
        self.from_row: Callable[[Any], T] = from_row or (lambda row: of(**row))

    @property
    def columns(self) -> str:
        """`a, b, c`, for SELECT, RETURNING and INSERT."""
        return ", ".join(self._types)

    @property
    def parameters(self) -> str:
        """`$1, $2, $3`, for the values of one item."""
        return ", ".join(f"${number}" for number in range(1, len(self._types) + 1))

    @property
    def rows(self) -> str:
        """`unnest($1::uuid[], ...) AS new (a, ...)`, for the arrays of many items."""
        arrays = ", ".join(f"${number}::{name}[]" for number, name in enumerate(self._types.values(), start=1))
        return f"unnest({arrays}) AS new ({self.columns})"

    def parameter(self, place: int) -> str:
        """The parameter at this place (1, 2, ...) behind those of the columns."""
        return f"${len(self._types) + place}"

    def assignments(self, source: str, *columns: str) -> str:
        """`a = new.a, ...` for these columns, or for all of them; source is `new` or `excluded`."""
        return ", ".join(f"{name} = {source}.{name}" for name in self._known(columns))

    def values(self, item: T) -> list[Any]:
        """The parameters of one item."""
        row = self._row(item)
        return [row[name] for name in self._types]

    def arrays(self, items: Sequence[T]) -> list[list[Any]]:
        """The parameters of many items: for each column its values."""
        rows = [self._row(item) for item in items]
        return [[row[name] for row in rows] for name in self._types]

    def _row(self, item: T) -> Mapping[str, Any]:
        if self._to_row is not None:
            return self._to_row(item)
        return {name: getattr(item, name) for name in self._types}

    def _known(self, columns: Sequence[str]) -> Sequence[str]:
        if unknown := set(columns) - set(self._types):
            raise TypeError(f"no such columns: {sorted(unknown)}")
        return columns or tuple(self._types)
