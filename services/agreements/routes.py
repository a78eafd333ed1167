"""The HTTP endpoints of agreements: choosing the parties, the agreements themselves, the library's runs."""

from dataclasses import dataclass
from uuid import UUID

from services.agreements import rules, use_cases
from services.agreements.refusals import NameTooShort
from services.agreements.rules import Agreement, Paper, pairs_of
from services.agreements.store import agreements as store
from services.agreements.store import library, parties
from services.agreements.terms import CHOICES, Choices
from services.agreements.views import (
    AgencyView,
    AgreementQuery,
    AgreementView,
    ChangedAgreement,
    InstitutionQuery,
    InstitutionView,
    NewAgreement,
    PartyQuery,
    RunView,
    VersionSeen,
    view_of,
)
from shared.clock import utc_now
from shared.identifiers.regions import NATION, is_region, span_of
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound
from shared.security.caller import Caller, Role
from shared.security.receipts import receipt_of
from shared.security.tokens import Verifier
from shared.web.pages import CursorRefused, Page, PageQuery, cursor, key_of
from shared.web.routes import SIGNED_IN, Routes

PARTIES = (Role.MAINTAINER, Role.AGENCY)
_LOWEST, _HIGHEST = UUID(int=0), UUID(int=2**128 - 1)

choosing = Routes("agreements")
runs = Routes("library-runs")


@choosing.get("/agencies", by=SIGNED_IN)
async def list_agencies(rows: Rows, query: PartyQuery) -> Page[AgencyView]:
    """Anyone signed in finds the agency that signed, by region and name (AGR-1)."""
    span = span_of(query.region or NATION)
    found = await parties.agencies(rows, span, query.name, _after_place(query), query.limit)
    items = [AgencyView(**row) for row in found]
    is_full = len(items) == query.limit
    return Page(items=items, next=cursor(items[-1].region, items[-1].unit_id) if is_full else None)


@choosing.get("/agreements/institutions", by=PARTIES)
async def list_institutions(rows: Rows, caller: Caller, query: InstitutionQuery) -> Page[InstitutionView]:
    """A maintainer finds their institutions to make an agreement with, an agency any by name (AGR-1, AGR-4)."""
    after = _after(query, _LOWEST)
    if caller.role is Role.MAINTAINER:
        found = await parties.institutions_maintained(rows, caller.account_id, query.name, after, query.limit)
    else:
        NameTooShort.unless(pairs_of(query.name))
        found = await parties.institutions_named(rows, query.name, after, query.limit)
    items = [InstitutionView(**row) for row in found]
    return Page(items=items, next=_next(query, [one.institution_id for one in items]))


@choosing.get("/agreements/choices", by=SIGNED_IN)
async def list_choices() -> Choices:
    """Anyone signed in reads the code lists that an agreement's form chooses from."""
    return CHOICES


@runs.get("/library-runs", by=SIGNED_IN)
async def list_runs(rows: Rows, query: PageQuery) -> Page[RunView]:
    """Anyone signed in reads when agreements were entered into the official library, the newest first (AGR-7)."""
    found = await library.runs(rows, _after(query, _HIGHEST), query.limit)
    items = [RunView(**row) for row in found]
    return Page(items=items, next=_next(query, [one.run_id for one in items]))


@dataclass(frozen=True, slots=True)
class AgreementEndpoints:
    """The routes of agreements; attachments are taken by the receipts that these keys verify."""

    receipts: Verifier

    async def add(self, tx: Transaction, caller: Caller, body: NewAgreement) -> AgreementView:
        """A maintainer submits an agreement to an agency, or an agency enters its own (AGR-1, AGR-4)."""
        paper = self._paper(body.attachment, caller)
        added = await use_cases.add(tx, caller, body.institution_id, body.agency_id, body.terms, paper)
        return view_of(added, rules.party_of(caller, added), tx.now)

    async def change(
        self, tx: Transaction, caller: Caller, agreement_id: UUID, body: ChangedAgreement
    ) -> AgreementView:
        """A party changes what the agreement says (AGR-2, AGR-3)."""
        paper = self._paper(body.attachment, caller) if body.attachment is not None else None
        changed = await use_cases.change(tx, caller, agreement_id, body.version, body.terms, paper)
        return view_of(changed, rules.party_of(caller, changed), tx.now)

    async def confirm(
        self, tx: Transaction, caller: Caller, agreement_id: UUID, body: VersionSeen
    ) -> AgreementView:
        """The agency confirms an agreement (AGR-2)."""
        confirmed = await use_cases.confirm(tx, caller, agreement_id, body.version)
        return view_of(confirmed, rules.party_of(caller, confirmed), tx.now)

    async def delete(self, tx: Transaction, caller: Caller, agreement_id: UUID, query: VersionSeen) -> None:
        """The institution deletes its agreement, or an agency what it has entered itself (AGR-3)."""
        await use_cases.delete(tx, caller, agreement_id, query.version)

    async def list_own(self, rows: Rows, caller: Caller, query: AgreementQuery) -> Page[AgreementView]:
        """A party lists its agreements, the newest first."""
        after = _after(query, _HIGHEST)
        found = await store.listed(rows, caller, query.state, query.institution_id, after, query.limit)
        items = [_read(one, caller) for one in found]
        return Page(items=items, next=_next(query, [one.agreement_id for one in items]))

    async def read(self, rows: Rows, caller: Caller, agreement_id: UUID) -> AgreementView:
        """A party, or a unit of the institution's region, reads an agreement."""
        found = await store.one(rows, agreement_id)
        if found is None:
            raise NotFound
        return _read(found, caller)

    def _paper(self, receipt: str, caller: Caller) -> Paper:
        given = receipt_of(self.receipts, receipt, caller)
        return Paper(given.document_id, given.name, given.pages)


def agreements(receipts: Verifier) -> Routes:
    """The routes of agreements themselves."""
    routes, endpoints = Routes("agreements"), AgreementEndpoints(receipts)
    routes.post("/agreements", by=PARTIES)(endpoints.add)
    routes.get("/agreements", by=SIGNED_IN)(endpoints.list_own)
    routes.get("/agreements/{agreement_id}", by=SIGNED_IN)(endpoints.read)
    routes.put("/agreements/{agreement_id}", by=PARTIES)(endpoints.change)
    routes.delete("/agreements/{agreement_id}", by=PARTIES)(endpoints.delete)
    routes.post("/agreements/{agreement_id}/confirmation", by=PARTIES, status=200)(endpoints.confirm)
    return routes


def _read(agreement: Agreement, caller: Caller) -> AgreementView:
    return view_of(agreement, rules.party_of(caller, agreement), utc_now())


def _next(query: PageQuery, ids: list[UUID]) -> str | None:
    return cursor(ids[-1]) if len(ids) == query.limit else None


def _after(query: PageQuery, start: UUID) -> UUID:
    key = key_of(query.after, 1)
    return start if key is None else _identifier(key[0])


def _after_place(query: PageQuery) -> tuple[str, UUID]:
    region, unit_id = key_of(query.after, 2) or ("000000", str(_LOWEST))
    CursorRefused.unless(is_region(region))
    return region, _identifier(unit_id)


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise CursorRefused from error
