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
        columns: dict[str, tuple[str, Callable[[Any], Any] | None]] = {}
        readers = dict(self._computed)
        for name, declared in self._declared.items():
            if isinstance(declared, Part):
                readers[name] = declared.reader(prefix)
            elif not callable(declared.of):
                columns[declared.of or name] = (prefix + name, declared.decode)
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
    """A field that is an object in columns of the same row; if optional, None where the first of them is NULL."""

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
        first = prefix + next(iter(self.mapper.written))
        return lambda row: None if row[first] is None else read(row)

    def _within(self, name: str, written: Written) -> Written:
        if written.path is not None and not self.optional:
            path = f"{name}.{written.path}"
            return Written(written.type, attrgetter(path), path)
        get = attrgetter(name)
        return Written(written.type, lambda item: None if (found := get(item)) is None else written.value(found))


def enum(of: type[Enum]) -> Column:
    """Declares a column of an enum's values, or of NULL."""
    members: dict[Any, Any] = {one.value: one for one in of} | {None: None}
    return Column("text", decode=members.__getitem__)


def model(of: type[BaseModel]) -> Column:
    """Declares a JSON column of a model, or of NULL."""
    return Column(
        "jsonb",
        encode=lambda item: None if item is None else item.model_dump(mode="json"),
        decode=lambda found: None if found is None else of.model_validate(found),
    )


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


def _building(
    of: type[T], columns: Mapping[str, tuple[str, Callable[[Any], Any] | None]], readers: Mapping[str, Reader[Any]]
) -> Reader[T]:
    """Returns the function that takes all columns in one call, decodes some, and reads the other fields."""
    names = _fields_of(of)
    taken = [columns[name] for name in names if name in columns]
    plain = [column for column, _ in taken]
    get: Callable[[Any], Any] = itemgetter(*plain) if len(plain) > 1 else lambda row: [row[one] for one in plain]
    decoders = [(place, decode) for place, (_, decode) in enumerate(taken) if decode is not None]
    others = [(place, readers[name]) for place, name in enumerate(names) if name in readers]
    if not decoders and not others:
        return lambda row: of(*get(row))

    def build(row: Any) -> T:
        values = list(get(row))
        for place, decode in decoders:
            values[place] = decode(values[place])
        for place, read in others:
            values.insert(place, read(row))
        return of(*values)

    return build
