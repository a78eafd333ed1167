"""Declares the columns that objects are written into: each once, with its type and the attribute that it holds."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Generic, Protocol, TypeVar

from shared.postgres.pool import as_json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Written:
    """How a column is written: its type, and its value of an object; the attribute's path if that is all."""

    type: str
    value: Callable[[Any], Any]
    path: str | None = None

    @property
    def is_nested(self) -> bool:
        """Whether a value may be a list, which the driver would take in an array for a second dimension."""
        return self.type == "jsonb" or self.type.endswith("[]")

    def array(self, items: Sequence[Any]) -> list[Any]:
        """Returns the column's values of many objects; nested ones as text."""
        values = list(map(self.value, items))
        if not self.is_nested:
            return values
        as_text = as_json if self.type == "jsonb" else _array_literal
        return [None if value is None else as_text(value) for value in values]


class Declared(Protocol):
    """What a column, or the columns of a part, are declared by."""

    def written(self, name: str) -> dict[str, Written]:
        """Returns how the columns are written, by their names."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's type and its value: an attribute (by default of the column's name), or a function of the object.

    `encode` and `decode` convert between attribute and column where the driver does not. A function is only
    written, never read.
    """

    type: str
    of: str | Callable[[Any], Any] = ""
    encode: Callable[[Any], Any] | None = None
    decode: Callable[[Any], Any] | None = None

    def written(self, name: str) -> dict[str, Written]:
        """Returns how the column is written."""
        of, encode = self.of or name, self.encode
        if callable(of):
            return {name: Written(self.type, of)}
        value: Callable[[Any], Any] = attrgetter(of)
        if encode is None:
            return {name: Written(self.type, value, of)}
        return {name: Written(self.type, lambda item: encode(value(item)))}


class Columns(Generic[T]):
    """Writes the columns, parameters and assignments of SQL that stores objects, in the order of declaration.

    The columns of the key find a row and are never assigned.
    """

    def __init__(self, columns: Mapping[str, str | Declared], *, key: Collection[str] = ()) -> None:
        self._key = frozenset(key)
        self._set({
            name: written
            for declared_name, declared in columns.items()
            for name, written in (Column(declared) if isinstance(declared, str) else declared)
            .written(declared_name)
            .items()
        })  # fmt: skip

    def _set(self, written: dict[str, Written]) -> None:
        self.written = written
        paths = [one.path for one in written.values() if one.path is not None]
        # Reads all attributes in one call, where they are attributes.
        self._all = attrgetter(*paths) if len(paths) == len(written) > 1 else None

    def only(self, *names: str) -> "Columns[T]":
        """Returns those of the columns that a statement writes, in this order."""
        chosen: Columns[T] = Columns({}, key=self._key)
        chosen._set({name: self.written[name] for name in self._known(names)})
        return chosen

    @property
    def columns(self) -> str:
        """Returns `a, b, c`, for SELECT, RETURNING and INSERT."""
        return ", ".join(self.written)

    @property
    def parameters(self) -> str:
        """Returns `$1, $2, $3`, for the values of one object."""
        return ", ".join(f"${number}" for number in range(1, len(self.written) + 1))

    @property
    def parameter_assignments(self) -> str:
        """Returns `b = $2, c = $3`, for an UPDATE of one object's row."""
        numbered = enumerate(self.written, start=1)
        return ", ".join(f"{name} = ${number}" for number, name in numbered if name not in self._key)

    @property
    def rows(self) -> str:
        """Returns `unnest($1::uuid[], ...) AS new (a, ...)`, for the arrays of many objects."""
        return self._unnested()

    @property
    def ordered_rows(self) -> str:
        """Returns the rows of many objects with their `place` in the arrays."""
        return self._unnested(", place")

    def _unnested(self, place: str = "") -> str:
        types = ("text" if one.is_nested else one.type for one in self.written.values())
        arrays = ", ".join(f"${number}::{name}[]" for number, name in enumerate(types, start=1))
        unnested = f"unnest({arrays}){' WITH ORDINALITY' if place else ''} AS new ({self.columns}{place})"
        if not any(one.is_nested for one in self.written.values()):
            return unnested
        cast = (f"{name}::{one.type}" if one.is_nested else name for name, one in self.written.items())
        return f"(SELECT {', '.join(cast)}{place} FROM {unnested}) AS new"

    def parameter(self, place: int) -> str:
        """Returns the parameter at this place (1, 2, ...) after those of the columns."""
        return f"${len(self.written) + place}"

    def parameter_of(self, column: str) -> str:
        """Returns the parameter of a column."""
        return f"${list(self.written).index(column) + 1}"

    def assignments(self, source: str, *columns: str) -> str:
        """Returns `b = new.b, ...` for these columns, or for all; source is `new` or `excluded`."""
        return ", ".join(f"{name} = {source}.{name}" for name in self._known(columns) if name not in self._key)

    def values(self, item: T) -> Sequence[Any]:
        """Returns the parameters of one object."""
        if self._all is not None:
            found: tuple[Any, ...] = self._all(item)
            return found
        return [one.value(item) for one in self.written.values()]

    def arrays(self, items: Sequence[T]) -> list[list[Any]]:
        """Returns the parameters of many objects: for each column its values."""
        return [one.array(items) for one in self.written.values()]

    def _known(self, columns: Sequence[str]) -> Sequence[str]:
        if unknown := set(columns) - set(self.written):
            raise TypeError(f"no such columns: {sorted(unknown)}")
        return columns or tuple(self.written)


def _array_literal(values: Iterable[Any]) -> str:
    """Returns an array as Postgres reads it from text."""
    escaped = (str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in escaped) + "}"
