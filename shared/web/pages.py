"""Keyset paging: a cursor names the record after which the next page begins; there are no offsets."""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field

from shared.web.problems import CursorRefused

T = TypeVar("T")
V = TypeVar("V")

Parse = Callable[[str], Any]
_DIGEST_BYTES = 9


class PageQuery(BaseModel):
    """The cursor and the length of a page; a list's own query adds its filters."""

    model_config = ConfigDict(extra="forbid")

    after: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9_-]{16,1000}$")] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50

    @property
    def fetched(self) -> int:
        """Returns the number of rows to fetch: one more than the page, to know whether another follows."""
        return self.limit + 1


class Page(BaseModel, Generic[T]):
    """One page; `next` is the cursor of the following page, or null."""

    items: list[T]
    next: str | None = None


class Paging:
    """The paging of one list: `columns` are its sort columns, each with its parser."""

    def __init__(self, name: str, **columns: Parse) -> None:
        self._name = name
        self._columns = columns

    def start(self, query: PageQuery, *first: object) -> tuple[Any, ...]:
        """Returns the key after which the page begins, `first` for the first page; raises CursorRefused."""
        if query.after is None:
            return first
        try:
            digest, *texts = orjson.loads(base64.urlsafe_b64decode(query.after + "=" * (-len(query.after) % 4)))
            CursorRefused.unless(digest == self._digest(query) and all(isinstance(text, str) for text in texts))
            return tuple(parse(text) for parse, text in zip(self._columns.values(), texts, strict=True))
        except (ValueError, TypeError) as error:
            raise CursorRefused from error

    def page(self, query: PageQuery, found: Sequence[T], view: Callable[[T], V]) -> Page[V]:
        """Builds the page from the fetched rows, at most `query.fetched`."""
        rows = found[: query.limit]
        following = self._cursor(query, rows[-1]) if len(found) > query.limit else None
        return Page(items=[view(row) for row in rows], next=following)

    def _cursor(self, query: PageQuery, row: object) -> str:
        content = orjson.dumps([self._digest(query), *(_text(row, name) for name in self._columns)])
        return base64.urlsafe_b64encode(content).decode().rstrip("=")

    def _digest(self, query: PageQuery) -> str:
        """Computes the digest that binds a cursor to its list and filters."""
        filters = query.model_dump(mode="json", exclude={"after", "limit"})
        content = orjson.dumps([self._name, filters], option=orjson.OPT_SORT_KEYS)
        return base64.urlsafe_b64encode(hashlib.sha256(content).digest()[:_DIGEST_BYTES]).decode()


def point_in_time(text: str) -> datetime:
    """Parses a time in a key."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _text(row: Any, name: str) -> str:
    """Returns the text of a column, from a row of the database or an object."""
    value = getattr(row, name) if not isinstance(row, Mapping) and hasattr(row, name) else row[name]
    return value.isoformat() if isinstance(value, datetime) else str(value)
