"""Maps rows to objects and back: a field is a column of the same name, declared once with its type."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from enum import Enum
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

from pydantic import BaseModel

from shared.postgres.columns import Column, Columns, Written

T = TypeVar("T")
Reader = Callable[[Any], T]


class RowMapper(Columns[T]):
    """Writes objects of a dataclass or named tuple into rows, and builds them from rows that have its columns.

    `computed` gives fields that are built from the whole row. It is checked at import that each field is read, and
    nothing else.
    """

    def __init__(
        self,
        of: type[T],
        columns: "Mapping[str, str | Column | Part]",
        *,
        key: Collection[str] = (),
        computed: Mapping[str, Reader[Any]] | None = None,
    ) -> None:
        super().__init__(columns, key=key)
        self._type = of
        self._declared = {name: Column(one) if isinstance(one, str) else one for name, one in columns.items()}
        self._computed = dict(computed or {})
        _check(of, self._fields() | self._computed.keys())
        self.from_row = self.reader()

    def reader(self, prefix: str = "") -> Reader[T]:
        """Returns the function that builds an object from a row whose columns have this prefix."""
        columns, readers = {}, dict(self._computed)
        for name, declared in self._declared.items():
            if isinstance(declared, Part):
                readers[name] = declared.reader(prefix)
            elif declared.decode is not None:
                readers[str(declared.of or name)] = _decoding(prefix + name, declared.decode)
            elif not callable(declared.of):
                columns[declared.of or name] = prefix + name
        return _building(self._type, columns, readers)

    def of(self, table: str, prefix: str = "") -> str:
        """Returns `table.a AS prefix_a, ...` of the columns that are read, for a SELECT that joins."""
        read = [name for name in self.written if not callable(getattr(self._declared.get(name), "of", None))]
        return ", ".join(f"{table}.{name} AS {prefix}{name}" for name in read)

    def _fields(self) -> set[str]:
        return {
            name if isinstance(one, Part) else str(one.of or name)
            for name, one in self._declared.items()
            if isinstance(one, Part) or not callable(one.of)
        }


@dataclass(frozen=True, slots=True)
class Part:
    """A field that is an object of its own, in columns of the same row; if optional, None where all are NULL."""

    mapper: RowMapper[Any]
    prefix: str = ""
    optional: bool = False

    def written(self, name: str) -> dict[str, Written]:
        """Returns how the part's columns are written."""
        return {self.prefix + column: self._within(name, one) for column, one in self.mapper.written.items()}

    def reader(self, prefix: str) -> Reader[Any]:
        """Returns the function that builds the part from a row whose columns have this prefix."""
        prefix += self.prefix
        read = self.mapper.reader(prefix)
        if not self.optional:
            return read
        columns = [prefix + name for name in self.mapper.written]
        return lambda row: None if all(row[name] is None for name in columns) else read(row)

    def _within(self, name: str, written: Written) -> Written:
        if written.path is not None and not self.optional:
            path = f"{name}.{written.path}"
            return Written(written.type, attrgetter(path), path)
        get = attrgetter(name)
        return Written(written.type, lambda item: None if (found := get(item)) is None else written.value(found))


def enum(of: type[Enum]) -> Column:
    """Declares a column of an enum's values."""
    return Column("text", decode=lambda value: None if value is None else of(value))


def models(of: type[BaseModel]) -> Column:
    """Declares a JSON column of a tuple of models."""
    return Column(
        "jsonb",
        encode=lambda items: [one.model_dump(mode="json") for one in items],
        decode=lambda found: tuple(of.model_validate(one) for one in found),
    )


def _fields_of(of: type[Any]) -> tuple[str, ...]:
    """Returns the fields of a dataclass or named tuple, in the order of its arguments."""
    return tuple(of._fields) if hasattr(of, "_fields") else tuple(one.name for one in fields(of))


def _check(of: type[Any], read: set[str]) -> None:
    """Raises TypeError unless all fields are read, and nothing else."""
    known = set(_fields_of(of))
    if unknown := read - known:
        raise TypeError(f"no fields of {of.__name__}: {sorted(unknown)}")
    if missing := known - read:
        raise TypeError(f"fields of {of.__name__} without a column: {sorted(missing)}")


def _decoding(column: str, decode: Callable[[Any], Any]) -> Reader[Any]:
    return lambda row: decode(row[column])


def _building(of: type[T], columns: Mapping[str, str], readers: Mapping[str, Reader[Any]]) -> Reader[T]:
    """Returns the function that reads the plain columns in one call, and the other fields one by one."""
    names = _fields_of(of)
    others = [(place, readers[name]) for place, name in enumerate(names) if name in readers]
    plain = [columns[name] for name in names if name in columns]
    get: Callable[[Any], Any] = itemgetter(*plain) if len(plain) > 1 else lambda row: [row[one] for one in plain]
    if not others:
        return lambda row: of(*get(row))

    def build(row: Any) -> T:
        values = list(get(row))
        for place, read in others:
            values.insert(place, read(row))
        return of(*values)

    return build
