"""The HTTP endpoints of authorisations."""

from uuid import UUID

from services.registry.authorisations import store, use_cases
from services.registry.authorisations.views import AuthorisationChangeForm, AuthorisationForm, AuthorisationView
from services.registry.maintainers import store as maintainers
from shared.identifiers.regions import NATION
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound
from shared.security.caller import Caller, Role
from shared.web.pages import Page, PageQuery, Paging
from shared.web.routes import SIGNED_IN, Routes

authorisations = Routes("authorisations")
_AUTHORISATIONS = Paging("authorisations", authorisation_id=UUID)


@authorisations.post("/authorisations", by=(Role.MAINTAINER,))
async def prepare_authorisation(tx: Transaction, caller: Caller, body: AuthorisationForm) -> AuthorisationView:
    """An account asks to maintain providers in these scopes; its letter is made from this (AUT-1, AUT-5)."""
    return AuthorisationView.of(await use_cases.prepare(tx, caller, body.request))


@authorisations.get("/authorisations", by=(Role.MAINTAINER,))
async def list_authorisations(rows: Rows, caller: Caller, query: PageQuery) -> Page[AuthorisationView]:
    """An account lists what it asked for, the newest first."""
    (after,) = _AUTHORISATIONS.start(query, None)
    found = await store.list_by_account(rows, caller.account_id, after, query.fetched)
    handovers = await maintainers.handovers_of(rows, [one.authorisation_id for one in found])
    return _AUTHORISATIONS.page(
        query, found, lambda one: AuthorisationView.of(one, handovers[one.authorisation_id])
    )


@authorisations.get("/authorisations/{authorisation_id}", by=SIGNED_IN)
async def read_authorisation(rows: Rows, caller: Caller, authorisation_id: UUID) -> AuthorisationView:
    """Who asked for it and the nation's unit read an authorisation (ACC-2)."""
    by_nation = caller.role is not Role.MAINTAINER and caller.region == NATION
    found = await store.read(rows, authorisation_id, caller.account_id, by_nation=by_nation)
    if found is None:
        raise NotFound
    handovers = await maintainers.handovers_of(rows, [authorisation_id])
    return AuthorisationView.of(found, handovers[authorisation_id])


@authorisations.put("/authorisations/{authorisation_id}", by=(Role.MAINTAINER,))
async def change_authorisation(
    tx: Transaction, caller: Caller, authorisation_id: UUID, body: AuthorisationChangeForm
) -> AuthorisationView:
    """What is asked for is changed; the letter made before is void (AUT-5)."""
    changed = await use_cases.change(tx, caller, authorisation_id, body.version, body.request)
    return AuthorisationView.of(changed)
