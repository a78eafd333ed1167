"""What the parties of an agreement may do, what follows from it, and what enters the official library."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import JsonValue

from services.agreements.form import FORM
from services.agreements.problems import (
    AgencyIsAnother,
    AgreementEndedWithProvider,
    AgreementTerminated,
    NothingToConfirm,
    ProviderIsArchived,
    ProviderNotApproved,
)
from shared.forms.versions import exported
from shared.problems import NotFound, RoleRequired
from shared.security.caller import Caller, Role


class State(StrEnum):
    """Where an agreement is: waiting for the agency, in force, deleted, or ended with its provider's archive."""

    TO_CONFIRM = "to_confirm"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"
    ENDED = "ended"


CLOSED = (State.TERMINATED, State.ENDED)


class Party(StrEnum):
    """What a caller is to an agreement; an overseer reads it and no more."""

    PROVIDER = "provider"
    AGENCY = "agency"
    OVERSEER = "overseer"


class Action(StrEnum):
    """What a party may do with an agreement."""

    EDIT = "edit"
    CONFIRM = "confirm"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider as it is known here; without a name while it is not approved. An archived one signs no more."""

    provider_id: UUID
    name: str | None
    region: str | None
    code: str | None
    kind: str | None = None
    maintainers: frozenset[UUID] = frozenset()
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Agency:
    """An insurance unit that signs agreements."""

    unit_id: UUID
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class AttachedDocument:
    """The PDF with the first page and the signature pages; several agreements may share one (AGR-6)."""

    document_id: UUID
    name: str
    pages: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """An agreement with its parties; `entered_version` is what the official library has of it, 0 for nothing."""

    agreement_id: UUID
    version: int
    event_version: int
    state: State
    provider: Provider
    agency: Agency
    by_agency: bool
    terms: dict[str, Any]
    attachment: AttachedDocument
    added_at: datetime
    changed_at: datetime
    entered_version: int = 0
    entered_at: datetime | None = None
    entry: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the official library."""

    number: int
    agreement: Agreement
    withdrawn: bool
    data: dict[str, JsonValue]


def party_adding(caller: Caller, provider: Provider, agency_id: UUID) -> Party:
    """As whom a caller adds an agreement: the provider's maintainer, or the agency itself (AGR-1, AGR-4)."""
    if caller.role is Role.AGENCY:
        AgencyIsAnother.unless(caller.unit_id == agency_id)
    else:
        NotFound.unless(caller.account_id in provider.maintainers)
    ProviderNotApproved.unless(provider.name is not None)
    ProviderIsArchived.unless(provider.archived_at is None, name=provider.name)
    return Party.AGENCY if caller.role is Role.AGENCY else Party.PROVIDER


def party_of(caller: Caller, agreement: Agreement) -> Party:
    """What a caller is to an agreement; raises NotFound for those whom it does not concern (REV-4)."""
    if caller.role is Role.MAINTAINER and caller.account_id in agreement.provider.maintainers:
        return Party.PROVIDER
    is_own = caller.unit_id == agreement.agency.unit_id
    if caller.role is Role.AGENCY and is_own:
        return Party.AGENCY
    NotFound.unless((caller.role is Role.REVIEWER and is_own) or caller.oversees(str(agreement.provider.region)))
    return Party.OVERSEER


def actions(agreement: Agreement, party: Party) -> list[Action]:
    """What a party may do now: an agency deletes only what it entered itself."""
    if agreement.state in CLOSED or party is Party.OVERSEER:
        return []
    if party is Party.PROVIDER:
        return [Action.EDIT, Action.DELETE]
    can_confirm = [Action.CONFIRM] if agreement.state is State.TO_CONFIRM else []
    return [Action.EDIT, *can_confirm, *([Action.DELETE] if agreement.by_agency else [])]


def added(
    agreement_id: UUID,
    party: Party,
    provider: Provider,
    agency: Agency,
    terms: dict[str, Any],
    attachment: AttachedDocument,
    now: datetime,
) -> Agreement:
    """A new agreement: a provider's waits for the agency, an agency's takes effect at once."""
    by_agency = party is Party.AGENCY
    state = State.CONFIRMED if by_agency else State.TO_CONFIRM
    return Agreement(agreement_id, 1, 1, state, provider, agency, by_agency, terms, attachment, now, now)


def changed(
    agreement: Agreement, party: Party, terms: dict[str, Any], attachment: AttachedDocument | None, now: datetime
) -> Agreement:
    """A provider's change has to be confirmed again (AGR-3); an agency's leaves the state as it is (AGR-2)."""
    _permit(agreement, party, Action.EDIT)
    state = State.TO_CONFIRM if party is Party.PROVIDER else agreement.state
    return replace(_next(agreement, state, now), terms=terms, attachment=attachment or agreement.attachment)


def confirmed(agreement: Agreement, party: Party, now: datetime) -> Agreement:
    """The agency confirms what the provider has submitted (AGR-2)."""
    NothingToConfirm.unless(party is not Party.AGENCY or agreement.state is not State.CONFIRMED)
    _permit(agreement, party, Action.CONFIRM)
    return _next(agreement, State.CONFIRMED, now)


def terminated(agreement: Agreement, party: Party, now: datetime) -> Agreement:
    """A deleted agreement stays readable; the next run withdraws what the library has of it (AGR-3)."""
    _permit(agreement, party, Action.DELETE)
    return _next(agreement, State.TERMINATED, now)


def ended(agreement: Agreement, now: datetime) -> Agreement:
    """An agreement ends with the archive of its provider; the next run withdraws what the library has (INS-5)."""
    return _next(agreement, State.ENDED, now)


def _permit(agreement: Agreement, party: Party, action: Action) -> None:
    AgreementTerminated.unless(agreement.state is not State.TERMINATED)
    AgreementEndedWithProvider.unless(agreement.state is not State.ENDED, name=agreement.provider.name)
    RoleRequired.unless(action in actions(agreement, party))


def _next(agreement: Agreement, state: State, now: datetime) -> Agreement:
    return replace(
        agreement,
        version=agreement.version + 1,
        event_version=agreement.event_version + 1,
        state=state,
        changed_at=now,
    )


def entries(due: Iterable[Agreement], last: int, now: datetime) -> list[Entry]:
    """The next entries of the official library: what was deleted or ended is withdrawn, any other put in force."""
    return [
        Entry(number, _entered(one, number, now), one.state in CLOSED, _record(one))
        for number, one in enumerate(due, start=last + 1)
    ]


def _entered(agreement: Agreement, number: int, now: datetime) -> Agreement:
    event_version = agreement.event_version + (agreement.state is State.CONFIRMED)
    return replace(
        agreement, event_version=event_version, entered_version=agreement.version, entered_at=now, entry=number
    )


def _record(agreement: Agreement) -> dict[str, JsonValue]:
    """The agreement as the national table has it; the state by its code list (2 confirmed, 4 terminated)."""
    ended = agreement.state in CLOSED
    changed_at = agreement.changed_at.isoformat()
    return {
        "fix_cntr_id": str(agreement.agreement_id),
        "fixmedins_code": agreement.provider.code,
        "hi_sys_emp_code": str(agreement.agency.unit_id),
        **exported(FORM, agreement.terms),
        "fix_blng_admdvs": agreement.provider.region,
        "poolarea_no": agreement.agency.region,
        FORM.attachment_of["attachment"].exchange: str(agreement.attachment.document_id),
        "cntr_stas": "4" if ended else "2",
        "efft_time": None if ended else changed_at,
        "invd_time": changed_at if ended else None,
    }
