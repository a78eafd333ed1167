"""The SQL that lets records be found: by parts of names, their initials in pinyin (AUT-1), and numbers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from services.registry.records.rules import Record
from services.registry.records.store.rows import of_kind
from shared.postgres.transaction import Transaction
from shared.search.initials import initials_of
from shared.search.text import SEPARATOR, grams_of, searched_text

_SAVE = "UPDATE KIND_search SET searched = $2, grams = $3 WHERE record_id = $1"
# A change of a record locks it before its search.
_LOCK_NEXT = """
SELECT record_id, name, numbers, region, copy.values
FROM KIND AS one JOIN KIND_copy AS copy USING (record_id)
WHERE $1::uuid IS NULL OR record_id > $1 ORDER BY record_id LIMIT $2 FOR NO KEY UPDATE OF one
"""
_SAVE_ALL = """
UPDATE KIND_search AS found SET searched = new.searched, grams = string_to_array(new.grams, $4)
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS new (record_id, searched, grams)
WHERE found.record_id = new.record_id
"""


class Searched(NamedTuple):
    """The text that a search looks through, and its grams."""

    text: str
    grams: list[str]


def searched(names: Sequence[str], numbers: Mapping[str, str | None], region: str) -> Searched:
    """What a record is found by."""
    text = searched_text((*names, *map(initials_of, names), *numbers.values()))
    return Searched(text, grams_of(text, region))


async def save_search(tx: Transaction, kind: str, record: Record, names: Sequence[str]) -> None:
    """Lets a record be found by its new names and numbers; apart, since the search index is dear to write."""
    found_by = searched(names, record.numbers, record.region)
    await tx.execute(of_kind(_SAVE, kind), record.record_id, *found_by)


async def index_next(
    tx: Transaction, kind: str, other_names: Sequence[str], after: UUID | None, limit: int
) -> list[UUID]:
    """Builds the search of the next records anew; returns which these were."""
    rows = await tx.fetch(of_kind(_LOCK_NEXT, kind), after, limit)
    record_ids = [row["record_id"] for row in rows]
    built = []
    for row in rows:
        others = (row["values"].get(field) for field in other_names)
        names = (row["name"], *(str(name) for name in others if name))
        built.append(searched(names, row["numbers"], row["region"]))
    texts, grams = [one.text for one in built], [SEPARATOR.join(one.grams) for one in built]
    await tx.execute(of_kind(_SAVE_ALL, kind), record_ids, texts, grams, SEPARATOR)
    return record_ids
