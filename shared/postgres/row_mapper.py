"""Maps dataclasses to rows of a table: a field is a column of the same name, declared once with its type."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class RowMapper(Generic[T]):
    """Writes the column lists, parameters and assignments of SQL that reads and writes a dataclass.

    If fields and columns differ (a nested dataclass, JSON), `to_row` returns the columns of an item, and
    `from_row` builds the item. Otherwise the columns are fields of the dataclass, which is checked: all of them,
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
        """Returns `a, b, c`, for SELECT, RETURNING and INSERT."""
        return ", ".join(self._types)

    @property
    def parameters(self) -> str:
        """Returns `$1, $2, $3`, for the values of one item."""
        return ", ".join(f"${number}" for number in range(1, len(self._types) + 1))

    @property
    def rows(self) -> str:
        """Returns `unnest($1::uuid[], ...) AS new (a, ...)`, for the arrays of many items."""
        arrays = ", ".join(f"${number}::{name}[]" for number, name in enumerate(self._types.values(), start=1))
        return f"unnest({arrays}) AS new ({self.columns})"

    def parameter(self, place: int) -> str:
        """Returns the parameter at this place (1, 2, ...) after those of the columns."""
        return f"${len(self._types) + place}"

    def assignments(self, source: str, *columns: str) -> str:
        """Returns `a = new.a, ...` for these columns, or for all; source is `new` or `excluded`."""
        return ", ".join(f"{name} = {source}.{name}" for name in self._known(columns))

    def values(self, item: T) -> list[Any]:
        """Returns the parameters of one item."""
        row = self._row(item)
        return [row[name] for name in self._types]

    def arrays(self, items: Sequence[T]) -> list[list[Any]]:
        """Returns the parameters of many items: for each column its values."""
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
