"""The HTTP endpoints of agreements: choosing the parties, the agreements themselves, the library's runs."""

from uuid import UUID

from services.agreements import rules, use_cases
from services.agreements.dictionaries import DICTIONARIES
from services.agreements.form import FORM
from services.agreements.rules import Agreement, AttachedDocument
from services.agreements.store import agreements as store
from services.agreements.store import library, parties
from services.agreements.views import (
    AgencyView,
    AgreementQuery,
    AgreementView,
    ChangedAgreement,
    NewAgreement,
    PartyQuery,
    ProviderQuery,
    ProviderView,
    RunView,
    VersionSeen,
    view_of,
)
from shared.clock import utc_now
from shared.forms.description import DictionaryView, FormDescription, description
from shared.identifiers.regions import NATION, span_of
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound
from shared.search.text import query_of
from shared.security.caller import Caller, Role
from shared.security.receipts import receipt_of
from shared.security.tokens import Verifier
from shared.web.pages import Page, PageQuery, Paging
from shared.web.routes import SIGNED_IN, Routes

PARTIES = (Role.MAINTAINER, Role.AGENCY)
_LOWEST, _HIGHEST = UUID(int=0), UUID(int=2**128 - 1)
_BEFORE_REGIONS = "000000"

routes = Routes("agreements")
runs = Routes("library-runs")
_AGENCIES = Paging("agencies", region=str, unit_id=UUID)
_PROVIDERS = Paging("agreements.providers", provider_id=UUID)
_AGREEMENTS = Paging("agreements", agreement_id=UUID)
_RUNS = Paging("library-runs", run_id=UUID)


@routes.get("/agencies", by=SIGNED_IN)
async def list_agencies(rows: Rows, query: PartyQuery) -> Page[AgencyView]:
    """Anyone signed in finds the agency that signed, by region and name (AGR-1)."""
    span = span_of(query.region or NATION)
    after = _AGENCIES.start(query, _BEFORE_REGIONS, _LOWEST)
    found = await parties.agencies(rows, span, query.name, after, query.fetched)
    return _AGENCIES.page(query, found, lambda row: AgencyView(**row))


@routes.get("/agreements/providers", by=PARTIES)
async def list_providers(rows: Rows, caller: Caller, query: ProviderQuery) -> Page[ProviderView]:
    """A maintainer finds their providers to make an agreement with, an agency any by name (AGR-1, AGR-4)."""
    (after,) = _PROVIDERS.start(query, _LOWEST)
    if caller.role is Role.MAINTAINER:
        found = await parties.providers_maintained(rows, caller.account_id, query.name, after, query.fetched)
    else:
        found = await parties.providers_named(rows, query_of(query.name), after, query.fetched)
    return _PROVIDERS.page(query, found, lambda row: ProviderView(**row))


@routes.get("/agreements/form", by=SIGNED_IN)
async def read_form() -> FormDescription:
    """Anyone signed in reads how an agreement's form is labelled, what it takes and what it requires."""
    return description(FORM)


@routes.get("/agreements/dictionaries/{name}", by=SIGNED_IN)
async def read_dictionary(name: str) -> DictionaryView:
    """Anyone signed in reads the codes that a field of an agreement may have."""
    if name not in DICTIONARIES:
        raise NotFound
    return DictionaryView.of(DICTIONARIES[name])


@runs.get("/library-runs", by=SIGNED_IN)
async def list_runs(rows: Rows, query: PageQuery) -> Page[RunView]:
    """Anyone signed in reads when agreements were entered into the official library, the newest first (AGR-7)."""
    (after,) = _RUNS.start(query, _HIGHEST)
    found = await library.runs(rows, after, query.fetched)
    return _RUNS.page(query, found, lambda row: RunView(**row))


@routes.post("/agreements", by=PARTIES)
async def add_agreement(tx: Transaction, caller: Caller, verifier: Verifier, body: NewAgreement) -> AgreementView:
    """A maintainer submits an agreement to an agency, or an agency enters its own (AGR-1, AGR-4)."""
    attachment = _attachment(verifier, body.attachment, caller)
    added = await use_cases.add(tx, caller, body.provider_id, body.agency_id, body.values, attachment)
    return view_of(added, rules.party_of(caller, added), tx.now)


@routes.put("/agreements/{agreement_id}", by=PARTIES)
async def change_agreement(
    tx: Transaction, caller: Caller, agreement_id: UUID, verifier: Verifier, body: ChangedAgreement
) -> AgreementView:
    """A party changes what the agreement says (AGR-2, AGR-3)."""
    attachment = _attachment(verifier, body.attachment, caller) if body.attachment is not None else None
    changed = await use_cases.change(tx, caller, agreement_id, body.version, body.values, attachment)
    return view_of(changed, rules.party_of(caller, changed), tx.now)


@routes.post("/agreements/{agreement_id}/confirmation", by=PARTIES, status=200)
async def confirm_agreement(
    tx: Transaction, caller: Caller, agreement_id: UUID, body: VersionSeen
) -> AgreementView:
    """The agency confirms an agreement (AGR-2)."""
    confirmed = await use_cases.confirm(tx, caller, agreement_id, body.version)
    return view_of(confirmed, rules.party_of(caller, confirmed), tx.now)


@routes.delete("/agreements/{agreement_id}", by=PARTIES)
async def delete_agreement(tx: Transaction, caller: Caller, agreement_id: UUID, query: VersionSeen) -> None:
    """The provider deletes its agreement, or an agency what it has entered itself (AGR-3)."""
    await use_cases.delete(tx, caller, agreement_id, query.version)


@routes.get("/agreements", by=SIGNED_IN)
async def list_agreements(rows: Rows, caller: Caller, query: AgreementQuery) -> Page[AgreementView]:
    """A party lists its agreements, the newest first."""
    (after,) = _AGREEMENTS.start(query, _HIGHEST)
    found = await store.listed(rows, caller, query.state, query.provider_id, after, query.fetched)
    return _AGREEMENTS.page(query, found, lambda one: _read(one, caller))


@routes.get("/agreements/{agreement_id}", by=SIGNED_IN)
async def read_agreement(rows: Rows, caller: Caller, agreement_id: UUID) -> AgreementView:
    """A party, or a unit of the provider's region, reads an agreement."""
    found = await store.one(rows, agreement_id)
    if found is None:
        raise NotFound
    return _read(found, caller)


def _attachment(verifier: Verifier, receipt: str, caller: Caller) -> AttachedDocument:
    given = receipt_of(verifier, receipt, caller)
    return AttachedDocument(given.document_id, given.name, given.pages)


def _read(agreement: Agreement, caller: Caller) -> AgreementView:
    return view_of(agreement, rules.party_of(caller, agreement), utc_now())
