"""What institutions hear: how their reviews go on, and which codes they bear."""

from collections.abc import Sequence

from services.registry.institutions import use_cases
from shared.contracts.coding.events import CodeAssigned, CodeAwaitingAgreement
from shared.contracts.registry.events import SubjectKind
from shared.contracts.review.events import CaseApproved, CaseEvent, CaseMoved, CaseOpened, CaseReturned
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction

subscriptions = Subscriptions("registry")


@subscriptions.each(CaseOpened)
async def institution_cases_opened(tx: Transaction, event: CaseOpened) -> None:
    """Shows the maintainer which unit has the record now."""
    await _heard(tx, event)


@subscriptions.each(CaseMoved)
async def institution_cases_moved(tx: Transaction, event: CaseMoved) -> None:
    """Shows the maintainer where the record went."""
    await _heard(tx, event)


@subscriptions.each(CaseReturned)
async def institution_cases_returned(tx: Transaction, event: CaseReturned) -> None:
    """Opens a returned record for mending (INS-7)."""
    await _heard(tx, event)


@subscriptions.each(CaseApproved)
async def institution_cases_approved(tx: Transaction, event: CaseApproved) -> None:
    """Puts the filed version in force (INS-8)."""
    await _heard(tx, event)


@subscriptions.together(CodeAssigned)
async def institution_codes_assigned(tx: Transaction, assigned: Sequence[CodeAssigned]) -> None:
    """Shows the code that an institution bears (COD-1)."""
    await use_cases.codes_assigned(tx, assigned)


@subscriptions.together(CodeAwaitingAgreement)
async def institution_codes_awaited(tx: Transaction, awaited: Sequence[CodeAwaitingAgreement]) -> None:
    """Shows that the code comes with an agreement (COD-2)."""
    await use_cases.codes_awaited(tx, awaited)


async def _heard(tx: Transaction, event: CaseEvent) -> None:
    if event.kind is SubjectKind.INSTITUTION:
        await use_cases.case_heard(tx, event)
