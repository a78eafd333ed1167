"""The HTTP endpoints of institutions."""

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
from shared.postgres.transaction import Rows, Transaction
from shared.problems import FieldsRefused, NotFound
from shared.security.caller import Caller, Role
from shared.security.tokens import Verifier
from shared.web.pages import Page, PageQuery, Paging
from shared.web.routes import SIGNED_IN, Routes

institutions = Routes("institutions")
_FOUND = Paging("institutions", institution_id=UUID)
_MINE = Paging("institutions.mine", institution_id=UUID)


@institutions.get("/institutions", by=SIGNED_IN)
async def search_institutions(rows: Rows, caller: Caller, query: SearchQuery) -> Page[FoundView]:
    """Institutions are found by part of a name, credit code or licence number (AUT-1)."""
    (after,) = _FOUND.start(query, None)
    found = await store.search(rows, caller, wanted(query.query), after, query.fetched)
    return _FOUND.page(query, found, FoundView.of)


@institutions.post("/institutions", by=(Role.MAINTAINER,))
async def add_institution(
    tx: Transaction, caller: Caller, verifier: Verifier, body: NewInstitution
) -> InstitutionView:
    """A maintainer adds what the search did not find (AUT-2)."""
    given = {"explanation": body.explanation} if body.explanation is not None else {}
    receipts = receipts_of(verifier, given, caller)
    try:
        return InstitutionView.of(await use_cases.add(tx, caller, body.details, receipts))
    except FieldsRefused as refused:
        raise body.told_of(refused) from refused


@institutions.get("/institutions/mine", by=(Role.MAINTAINER,))
async def list_own_institutions(rows: Rows, caller: Caller, query: PageQuery) -> Page[MineView]:
    """A maintainer lists the institutions that they maintain, or added and nobody maintains."""
    (after,) = _MINE.start(query, None)
    found = await store.mine(rows, caller.account_id, after, query.fetched)
    return _MINE.page(query, found, lambda row: MineView(**row))


@institutions.get("/institutions/{institution_id}", by=SIGNED_IN)
async def read_institution(rows: Rows, caller: Caller, institution_id: UUID) -> InstitutionView:
    """Its maintainers and the units of its region read the whole record (REV-4)."""
    found = await store.read(rows, institution_id, caller)
    if found is None:
        raise NotFound
    return InstitutionView.of(found)


@institutions.put("/institutions/{institution_id}", by=(Role.MAINTAINER,))
async def change_institution(
    tx: Transaction, caller: Caller, verifier: Verifier, institution_id: UUID, body: InstitutionChange
) -> InstitutionView:
    """Who holds the institution scope changes the working copy, which may be incomplete (INS-14)."""
    receipts = receipts_of(verifier, body.attachments, caller)
    given = use_cases.Change(body.version, body.details, receipts)
    return InstitutionView.of(await use_cases.change(tx, caller, institution_id, given))


@institutions.post("/institutions/{institution_id}/submission", by=(Role.MAINTAINER,), status=200)
async def submit_institution(
    tx: Transaction, caller: Caller, institution_id: UUID, body: VersionSeen
) -> InstitutionView:
    """Who holds the institution scope files the record for review; it locks (INS-7)."""
    return InstitutionView.of(await use_cases.submit(tx, caller, institution_id, body.version))
