"""The SQL of searches: all terms in the column `searched`; a large table has `grams` (text[], GIN) too."""

from dataclasses import dataclass
from uuid import UUID

from shared.postgres.transaction import Rows
from shared.search.text import Query

FIRST = UUID(int=0)


def contains(terms: str, row: str = "") -> str:
    """The condition that a row has all terms, a parameter of type text[]; enough for a table of some thousands."""
    return f"NOT EXISTS (SELECT FROM unnest({terms}::text[]) AS term WHERE position(term IN {row}searched) = 0)"


def matches(grams: str, terms: str, row: str = "") -> str:
    """The condition that a row has all terms; the two are parameters of type text[], `row` an alias with its dot.

    Grams that are in a row but scattered do not make a match: the terms decide.
    """
    return f"{row}grams @> {grams}::text[] AND {contains(terms, row)}"


# What many rows have fills a page after a short walk along the key; what few have is fetched by the index of
# grams, and so is what lies in one city. A walk goes on only where its beginning shows that the page will be full.
# Left to itself, the planner walks the whole table for grams that are each frequent and never together.
SHORT_WALK, LONG_WALK = 2_000, 10_000


@dataclass(frozen=True, slots=True)
class SearchIndex:
    """A table that is searched by parts of text; its key is a uuid, and pages follow the key's order.

    Regions are tokens among the grams (`text.grams_of`), so a search within one needs no other condition.
    """

    table: str
    key: str

    async def find(self, rows: Rows, query: Query, after: UUID | None, limit: int) -> list[UUID]:
        """Returns the keys of the next rows that contain all terms of the query."""
        given = (query.grams, query.terms, after or FIRST, limit)
        found = [] if query.is_local else await rows.fetch(self._walk, *given, SHORT_WALK)
        if len(found) < limit <= len(found) * LONG_WALK // SHORT_WALK:
            found = await rows.fetch(self._walk, *given, LONG_WALK)
        if len(found) < limit:
            found = await rows.fetch(self._fetch, *given)
        return [row["key"] for row in found]

    @property
    def _walk(self) -> str:
        return f"""
        WITH near AS MATERIALIZED (
            SELECT {self.key} AS key, searched, grams FROM {self.table} WHERE {self.key} > $3
            ORDER BY {self.key} LIMIT $5
        )
        SELECT key FROM near WHERE {matches("$1", "$2")} ORDER BY key LIMIT $4
        """

    @property
    def _fetch(self) -> str:
        return f"""
        WITH matching AS MATERIALIZED (
            SELECT {self.key} AS key FROM {self.table} WHERE {matches("$1", "$2")} AND {self.key} > $3
        )
        SELECT key FROM matching ORDER BY key LIMIT $4
        """
