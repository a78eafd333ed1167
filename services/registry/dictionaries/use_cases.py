"""What is done with dictionaries: forms are checked by them, and the nation's unit changes them."""

from collections.abc import Mapping
from datetime import date

from services.registry.dictionaries import DICTIONARIES, rules, store
from services.registry.dictionaries.rules import DictionaryChange
from shared.forms.dictionaries import Dictionaries, Dictionary
from shared.ids import new_id
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound
from shared.security.caller import Caller


async def present(rows: Rows, published: Dictionaries = DICTIONARIES) -> Dictionaries:
    """The published dictionaries with all changes: read from the database, so that every replica has the same."""
    return rules.revised(published, await store.listed(rows))


async def read(rows: Rows, name: str) -> Dictionary:
    """A dictionary in its present revision; raises NotFound."""
    if name not in DICTIONARIES:
        raise NotFound
    return rules.revised(DICTIONARIES, await store.of_dictionary(rows, name))[name]


async def add_entry(
    tx: Transaction, caller: Caller, name: str, given: Mapping[str, str], valid_from: date | None
) -> None:
    """The nation's unit adds an entry to a dictionary."""
    dictionary = await _locked(tx, name)
    await _save(tx, rules.added(caller, dictionary, given, valid_from, tx.now), "dictionary.entry.added")


async def retire_entry(tx: Transaction, caller: Caller, name: str, code: str, retired_from: date) -> None:
    """The nation's unit retires an entry from a day on; records that have it keep it."""
    dictionary = await _locked(tx, name)
    await _save(tx, rules.retired(caller, dictionary, code, retired_from, tx.now), "dictionary.entry.retired")


async def _locked(tx: Transaction, name: str) -> Dictionary:
    NotFound.unless(name in DICTIONARIES)
    await store.lock(tx, name)
    return await read(tx, name)


async def _save(tx: Transaction, change: DictionaryChange, action: str) -> None:
    await store.insert(tx, change)
    tx.audit(
        new_id(),
        action,
        after={
            "dictionary": change.dictionary,
            "revision": change.revision,
            "code": change.code,
            "name": change.name,
            "valid_from": _iso(change.valid_from),
            "valid_until": _iso(change.valid_until),
        },
    )


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
