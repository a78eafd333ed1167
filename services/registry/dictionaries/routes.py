"""The HTTP endpoints of dictionaries: anyone reads them, the nation's unit adds and retires entries."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.registry.dictionaries import store, use_cases
from shared.forms.description import DictionaryView
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import UNIT_ROLES, Caller
from shared.web.routes import PUBLIC, SIGNED_IN, Routes

dictionaries = Routes("dictionaries")

_Text = Annotated[str, Field(max_length=1000)]


class EntryToAdd(BaseModel):
    """An entry: a code that was never used before, its name, and its first day where it is not valid at once."""

    model_config = ConfigDict(extra="forbid")

    code: _Text
    name: _Text
    name_en: _Text = ""
    valid_from: date | None = None


class Retirement(BaseModel):
    """The first day on which an entry cannot be chosen any more: today at the earliest."""

    model_config = ConfigDict(extra="forbid")

    retired_from: date


class DictionaryChangeView(BaseModel):
    """A change of a dictionary: the entry since this revision, and which account has decided it."""

    model_config = ConfigDict(from_attributes=True)

    revision: int
    code: str
    name: str
    name_en: str
    valid_from: date | None
    valid_until: date | None
    changed_by: UUID
    changed_at: AwareDatetime


class DictionaryHistory(BaseModel):
    """All changes of a dictionary since the published edition, the latest first."""

    items: list[DictionaryChangeView]


@dictionaries.get("/dictionaries/{name}", by=PUBLIC)
async def read_dictionary(rows: Rows, name: str) -> DictionaryView:
    """Anyone reads the codes that a field may have, retired ones too, with edition, revision and validity."""
    return DictionaryView.of(await use_cases.read(rows, name))


@dictionaries.get("/dictionaries/{name}/changes", by=SIGNED_IN)
async def list_dictionary_changes(rows: Rows, name: str) -> DictionaryHistory:
    """Anyone signed in reads who has changed a dictionary, and when."""
    await use_cases.read(rows, name)
    changes = reversed(await store.of_dictionary(rows, name))
    return DictionaryHistory(items=[DictionaryChangeView.model_validate(one) for one in changes])


@dictionaries.post("/dictionaries/{name}/entries", by=UNIT_ROLES)
async def add_dictionary_entry(tx: Transaction, caller: Caller, name: str, body: EntryToAdd) -> DictionaryView:
    """The nation's unit adds an entry, valid at once or from a day on."""
    given = {"code": body.code, "name": body.name, "name_en": body.name_en}
    await use_cases.add_entry(tx, caller, name, given, body.valid_from)
    return DictionaryView.of(await use_cases.read(tx, name))


@dictionaries.put("/dictionaries/{name}/entries/{code}/retirement", by=UNIT_ROLES)
async def retire_dictionary_entry(
    tx: Transaction, caller: Caller, name: str, code: str, body: Retirement
) -> DictionaryView:
    """The nation's unit retires an entry: from a day on new submissions are refused, old records keep it."""
    await use_cases.retire_entry(tx, caller, name, code, body.retired_from)
    return DictionaryView.of(await use_cases.read(tx, name))
