"""The HTTP endpoint of possible duplicates, for each kind of provider."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.registry.institutions.subject import INSTITUTION
from services.registry.pharmacies.subject import PHARMACY
from services.registry.possible_duplicates import rules, store
from services.registry.possible_duplicates.rules import Compared
from services.registry.records import use_cases as records
from services.registry.records.subject import Subject
from shared.postgres.transaction import Rows
from shared.problems import NotFound
from shared.security.caller import Caller
from shared.security.identifiers import Cipher
from shared.web.routes import SIGNED_IN, Routes

_ADDRESS = "address"
# Who reads the warning compares by hand: the first ones suffice.
_SHOWN = 20


class PossibleDuplicateView(BaseModel):
    """A record that may be the same provider; `differs` are the fields whose values differ.

    `exists` says whether somebody maintains it.
    """

    record_id: UUID
    name: str
    numbers: dict[str, str | None]
    region: str
    exists: str
    differs: list[str]


class PossibleDuplicates(BaseModel):
    """The records that may be the same provider: a warning, which keeps nobody from submitting or approving."""

    items: list[PossibleDuplicateView]


def routes_for(subject: Subject) -> Routes:
    """The endpoint of a kind of provider."""
    routes = Routes(subject.collection)

    @routes.get(f"/{subject.collection}/{{record_id}}/possible-duplicates", by=SIGNED_IN)
    async def list_possible_duplicates(
        rows: Rows, caller: Caller, cipher: Cipher, record_id: UUID
    ) -> PossibleDuplicates:
        """Who maintains or reviews a record sees others of similar names, and what differs (AUT-2)."""
        found = await records.read(rows, subject, cipher, caller, record_id)
        if found.copy is None:
            raise NotFound
        own = _compared(subject, record_id, found.record.name, found.copy.values)
        token = rules.city_token(found.record.region)
        alternatives = [[*grams, token] for name in own.names for grams in rules.gram_alternatives(name)]
        differs = {
            similar.record_id: similar.differs
            for row in await store.candidates(rows, subject, record_id, alternatives)
            if (similar := rules.possible_duplicate(own, _of_row(subject, row), subject.name))
        }
        shown = await store.shown(rows, subject, list(differs)[:_SHOWN])
        return PossibleDuplicates(items=[_view(row, differs[row["record_id"]]) for row in shown])

    return routes


institution_duplicates = routes_for(INSTITUTION)
pharmacy_duplicates = routes_for(PHARMACY)


def _of_row(subject: Subject, row: Any) -> Compared:
    return _compared(subject, row["record_id"], row["name"], row["values"])


def _compared(subject: Subject, record_id: UUID, name: str, values: Any) -> Compared:
    names = rules.names_of(name, values, subject.other_names)
    return Compared(record_id, names, subject.numbers_of(values), str(values.get(_ADDRESS) or ""))


def _view(row: Any, differs: tuple[str, ...]) -> PossibleDuplicateView:
    fields = {key: value for key, value in row.items() if key != "maintained"}
    return PossibleDuplicateView(
        **fields, exists="maintained" if row["maintained"] else "free", differs=list(differs)
    )
