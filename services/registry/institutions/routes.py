"""The HTTP endpoints of institutions."""

from dataclasses import dataclass
from uuid import UUID

from services.registry.institutions import store, use_cases
from services.registry.institutions.attachments import receipts_of
from services.registry.institutions.rules import wanted
from services.registry.institutions.views import (
    FoundView,
    InstitutionChange,
    InstitutionView,
    MineView,
    NewInstitution,
    SearchQuery,
    VersionSeen,
)
from services.registry.keys import RECEIPTS
from shared.postgres.transaction import Rows, Transaction
from shared.problems import FieldsRefused, NotFound
from shared.security.caller import Caller, Role
from shared.web.pages import CursorRefused, Page, PageQuery, cursor, key_of
from shared.web.routes import SIGNED_IN, Incoming, Routes

institutions = Routes("institutions")


@institutions.get("/institutions", by=SIGNED_IN)
async def search_institutions(rows: Rows, caller: Caller, query: SearchQuery) -> Page[FoundView]:
    """Institutions are found by part of a name, credit code or licence number (AUT-1)."""
    found = await store.search(rows, caller, wanted(query.query), _after(query), query.limit + 1)
    page = _Part.of(found, query.limit)
    return Page(items=[FoundView.of(row) for row in page.rows], next=page.next)


@institutions.post("/institutions", by=(Role.MAINTAINER,))
async def add_institution(
    tx: Transaction, caller: Caller, incoming: Incoming, body: NewInstitution
) -> InstitutionView:
    """A maintainer adds what the search did not find (AUT-2)."""
    given = {"explanation": body.explanation} if body.explanation is not None else {}
    receipts = receipts_of(incoming.request.app[RECEIPTS], given, caller)
    try:
        return InstitutionView.of(await use_cases.add(tx, caller, body.details, receipts))
    except FieldsRefused as refused:
        raise body.told_of(refused) from refused


@institutions.get("/institutions/mine", by=(Role.MAINTAINER,))
async def list_own_institutions(rows: Rows, caller: Caller, query: PageQuery) -> Page[MineView]:
    """A maintainer lists the institutions that they maintain, or added and nobody maintains."""
    found = await store.mine(rows, caller.account_id, _after(query), query.limit + 1)
    page = _Part.of(found, query.limit)
    return Page(items=[MineView(**row) for row in page.rows], next=page.next)


@institutions.get("/institutions/{institution_id}", by=SIGNED_IN)
async def read_institution(rows: Rows, caller: Caller, institution_id: UUID) -> InstitutionView:
    """Its maintainers and the units of its region read the whole record (REV-4)."""
    found = await store.read(rows, institution_id, caller)
    if found is None:
        raise NotFound
    return InstitutionView.of(found)


@institutions.put("/institutions/{institution_id}", by=(Role.MAINTAINER,))
async def change_institution(
    tx: Transaction, caller: Caller, incoming: Incoming, institution_id: UUID, body: InstitutionChange
) -> InstitutionView:
    """Who holds the institution scope changes the working copy, which may be incomplete (INS-14)."""
    receipts = receipts_of(incoming.request.app[RECEIPTS], body.attachments, caller)
    given = use_cases.Change(body.version, body.details, receipts)
    return InstitutionView.of(await use_cases.change(tx, caller, institution_id, given))


@institutions.post("/institutions/{institution_id}/submission", by=(Role.MAINTAINER,), status=200)
async def submit_institution(
    tx: Transaction, caller: Caller, institution_id: UUID, body: VersionSeen
) -> InstitutionView:
    """Who holds the institution scope files the record for review; it locks (INS-7)."""
    return InstitutionView.of(await use_cases.submit(tx, caller, institution_id, body.version))


@dataclass(frozen=True, slots=True)
class _Part:
    rows: list[dict[str, object]]
    next: str | None

    @classmethod
    def of(cls, found: list[dict[str, object]], limit: int) -> "_Part":
        rows = found[:limit]
        return cls(rows, cursor(rows[-1]["institution_id"]) if len(found) > limit else None)


def _after(query: PageQuery) -> UUID | None:
    key = key_of(query.after, 1)
    try:
        return UUID(key[0]) if key else None
    except ValueError as error:
        raise CursorRefused from error
