"""What the registry hears of reviews: each event goes to the subject whose filing it is about."""

from collections.abc import Awaitable, Callable, Mapping

from services.registry.accounts import use_cases as accounts
from services.registry.authorisations import use_cases as authorisations
from services.registry.institutions import use_cases as institutions
from shared.contracts.registry.events import SubjectKind
from shared.contracts.review.events import CaseApproved, CaseEvent, CaseMoved, CaseOpened, CaseReturned
from shared.messaging.kinds import must_know
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction

subscriptions = Subscriptions("registry")

_APPLY: Mapping[str, Callable[[Transaction, CaseEvent], Awaitable[None]]] = {
    SubjectKind.ACCOUNT: accounts.case_heard,
    SubjectKind.AUTHORISATION: authorisations.case_heard,
    SubjectKind.INSTITUTION: institutions.case_heard,
}
_KINDS = must_know(*_APPLY)


@subscriptions.each(CaseOpened, queue="registry.cases-opened", kinds=_KINDS)
async def cases_opened(tx: Transaction, event: CaseOpened) -> None:
    """Shows who filed it which unit has it now."""
    await _APPLY[event.kind](tx, event)


@subscriptions.each(CaseMoved, queue="registry.cases-moved", kinds=_KINDS)
async def cases_moved(tx: Transaction, event: CaseMoved) -> None:
    """Shows where it went."""
    await _APPLY[event.kind](tx, event)


@subscriptions.each(CaseReturned, queue="registry.cases-returned", kinds=_KINDS)
async def cases_returned(tx: Transaction, event: CaseReturned) -> None:
    """Opens what was returned for mending (INS-7, AUT-8)."""
    await _APPLY[event.kind](tx, event)


@subscriptions.each(CaseApproved, queue="registry.cases-approved", kinds=_KINDS)
async def cases_approved(tx: Transaction, event: CaseApproved) -> None:
    """Puts what was filed into force; an account's approval also the authorisations that waited for it (ACC-2)."""
    await _APPLY[event.kind](tx, event)
    if event.kind == SubjectKind.ACCOUNT:
        await authorisations.account_approved(tx, event)
