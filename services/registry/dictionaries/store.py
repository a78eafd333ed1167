"""The SQL of the changes of dictionaries."""

from services.registry.dictionaries.rules import DictionaryChange
from shared.postgres.row_mapper import RowMapper
from shared.postgres.transaction import Rows, Transaction

_CHANGE = RowMapper(
    DictionaryChange,
    {
        "dictionary": "text",
        "revision": "integer",
        "code": "text",
        "name": "text",
        "name_en": "text",
        "valid_from": "date",
        "valid_until": "date",
        "changed_by": "uuid",
        "changed_at": "timestamptz",
    },
)
_ALL = f"SELECT {_CHANGE.columns} FROM dictionary_change ORDER BY dictionary, revision"
_OF = f"SELECT {_CHANGE.columns} FROM dictionary_change WHERE dictionary = $1 ORDER BY revision"
_INSERT = f"INSERT INTO dictionary_change ({_CHANGE.columns}) VALUES ({_CHANGE.parameters})"
_QUEUE_UP = "SELECT pg_advisory_xact_lock(hashtextextended('dictionary ' || $1::text, 0))"


async def listed(rows: Rows) -> list[DictionaryChange]:
    """The changes of all dictionaries, each in the order of its revisions."""
    return [_CHANGE.from_row(row) for row in await rows.fetch(_ALL)]


async def of_dictionary(rows: Rows, name: str) -> list[DictionaryChange]:
    """The changes of a dictionary in the order of its revisions."""
    return [_CHANGE.from_row(row) for row in await rows.fetch(_OF, name)]


async def lock(tx: Transaction, name: str) -> None:
    """Waits until nobody else changes the dictionary."""
    await tx.execute(_QUEUE_UP, name)


async def insert(tx: Transaction, one: DictionaryChange) -> None:
    """Writes a change; none is ever altered."""
    await tx.execute(_INSERT, *_CHANGE.values(one))
