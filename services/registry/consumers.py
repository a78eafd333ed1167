"""What the registry learns of reviews and codes: each event goes to the kind of subject that it is about."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from services.registry.accounts import use_cases as accounts
from services.registry.authorisations import use_cases as authorisations
from services.registry.records import following
from services.registry.records.subject import Subject
from services.registry.subjects import SUBJECTS
from services.registry.zones import use_cases as zones
from shared.contracts.coding.events import CodeAssigned, CodeAwaitingAgreement, CodeRefused
from shared.contracts.registry.events import SubjectKind
from shared.contracts.review.events import CaseApproved, CaseEvent, CaseMoved, CaseOpened, CaseReturned
from shared.messaging.kinds import must_know, only
from shared.messaging.subscriptions import Subscriptions
from shared.postgres.transaction import Transaction

Follow = Callable[[Transaction, Sequence[CaseEvent]], Awaitable[None]]


def subscriptions_for(subjects: Mapping[str, Subject]) -> Subscriptions:
    """The subscriptions of a registry that keeps these kinds of records."""
    subscriptions = Subscriptions("registry")
    _subscribe_to_cases(subscriptions, subjects)
    _subscribe_to_codes(subscriptions, subjects)
    return subscriptions


def _subscribe_to_cases(subscriptions: Subscriptions, subjects: Mapping[str, Subject]) -> None:
    # In this order, so that whoever writes to several kinds takes them in the same order.
    followers: dict[str, Follow] = {
        SubjectKind.ACCOUNT.value: accounts.follow_cases,
        SubjectKind.AUTHORISATION.value: authorisations.follow_cases,
        SubjectKind.ZONE.value: zones.follow_cases,
        **{kind: _follower(subject) for kind, subject in subjects.items()},
    }
    kinds = must_know(*followers)

    async def follow(tx: Transaction, events: Sequence[CaseEvent]) -> None:
        for kind, follower in followers.items():
            if own := [event for event in events if event.kind == kind]:
                await follower(tx, own)

    @subscriptions.together(CaseOpened, queue="registry.cases-opened", kinds=kinds)
    async def cases_opened(tx: Transaction, events: Sequence[CaseOpened]) -> None:
        """Shows which unit has a submission now."""
        await follow(tx, events)

    @subscriptions.together(CaseMoved, queue="registry.cases-moved", kinds=kinds)
    async def cases_moved(tx: Transaction, events: Sequence[CaseMoved]) -> None:
        """Shows where it went."""
        await follow(tx, events)

    @subscriptions.together(CaseReturned, queue="registry.cases-returned", kinds=kinds)
    async def cases_returned(tx: Transaction, events: Sequence[CaseReturned]) -> None:
        """Opens what was returned for mending (INS-7, AUT-8)."""
        await follow(tx, events)

    @subscriptions.together(CaseApproved, queue="registry.cases-approved", kinds=kinds)
    async def cases_approved(tx: Transaction, events: Sequence[CaseApproved]) -> None:
        """Puts what was submitted in force; an account's approval also the authorisations that waited (ACC-2)."""
        await follow(tx, events)
        await authorisations.accounts_approved(tx, [one for one in events if one.kind == SubjectKind.ACCOUNT])


def _subscribe_to_codes(subscriptions: Subscriptions, subjects: Mapping[str, Subject]) -> None:
    kinds = only(*subjects)

    @subscriptions.together(CodeAssigned, queue="registry.institution-codes-assigned", kinds=kinds)
    async def codes_assigned(tx: Transaction, events: Sequence[CodeAssigned]) -> None:
        """Shows which code a record bears (COD-1)."""
        for kind, subject in subjects.items():
            if own := [event for event in events if event.kind == kind]:
                await following.assign_codes(tx, subject, own)

    @subscriptions.together(CodeAwaitingAgreement, queue="registry.institution-codes-awaited", kinds=kinds)
    async def codes_awaited(tx: Transaction, events: Sequence[CodeAwaitingAgreement]) -> None:
        """Shows that a code comes with an agreement (COD-2)."""
        for kind, subject in subjects.items():
            if own := [event for event in events if event.kind == kind]:
                await following.await_codes(tx, subject, own)

    @subscriptions.together(CodeRefused, queue="registry.codes-refused", kinds=kinds)
    async def codes_refused(tx: Transaction, events: Sequence[CodeRefused]) -> None:
        """Shows that a record gets no code, and why (COD-1)."""
        for kind, subject in subjects.items():
            if own := [event for event in events if event.kind == kind]:
                await following.refuse_codes(tx, subject, own)


def _follower(subject: Subject) -> Follow:
    async def follow(tx: Transaction, events: Sequence[CaseEvent]) -> None:
        await following.follow_cases(tx, subject, events)

    return follow


subscriptions = subscriptions_for(SUBJECTS)
