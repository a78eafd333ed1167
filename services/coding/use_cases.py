"""What coding does, one transaction each: assign codes on approval or agreement, change a policy."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from services.coding import rules, store
from services.coding.rules import AssignOn, CodeHolder
from shared.contracts.agreements.events import AgreementConfirmed
from shared.contracts.coding.events import CodeAssigned, CodeAwaitingAgreement, CodeKind
from shared.contracts.registry.events import ProviderApproved
from shared.identifiers.regions import NATION
from shared.postgres.transaction import Transaction
from shared.problems import RoleRequired
from shared.security.caller import Caller

log = structlog.get_logger()


async def institutions_approved(tx: Transaction, approved: Sequence[ProviderApproved]) -> None:
    """Approved institutions get their codes, or wait for an agreement, as the policy has it (COD-1, COD-2)."""
    newest = {event.subject_id: event for event in sorted(approved, key=lambda event: event.subject_version)}
    bearers = await store.lock_approved(tx, list(newest.values()))
    await _settle(tx, bearers, newest)


async def agreements_confirmed(tx: Transaction, confirmed: Sequence[AgreementConfirmed]) -> None:
    """Institutions with a confirmed agreement get the code that they were waiting for (COD-2, policy B)."""
    events = {event.institution_id: event for event in confirmed}
    bearers = await store.lock_agreed(tx, list(events))
    await _settle(tx, bearers, events)


async def _settle(
    tx: Transaction,
    bearers: Sequence[CodeHolder],
    events: dict[UUID, ProviderApproved] | dict[UUID, AgreementConfirmed],
) -> None:
    policies = await store.policies(tx)
    waiting = rules.newly_waiting(bearers, policies)
    coded = await _assigned(tx, rules.due(bearers, policies))
    await store.save(tx, coded, waiting)
    for one in waiting:
        tx.record(_awaited(one), because_of=events[one.subject_id])
    for one in coded:
        tx.record(_assignment(tx, one), because_of=events[one.subject_id])


async def _assigned(tx: Transaction, bearers: Sequence[CodeHolder]) -> list[CodeHolder]:
    kind = CodeKind.INSTITUTION
    form = rules.FORMATS[kind]
    known = await store.codes_of(tx, kind, [str(one.identity) for one in bearers])
    last = await store.take_serials(tx, rules.runs_for(bearers, form, known))
    coded = rules.coded(bearers, form, known, last)
    await store.insert_codes(tx, kind, [one for one in coded if one.identity not in known])
    if places := rules.running_out(form, last):
        log.warning("serials_running_out", prefix=form.prefix, prefectures=places)
    return coded


def _assignment(tx: Transaction, bearer: CodeHolder) -> CodeAssigned:
    return CodeAssigned(
        subject_id=bearer.subject_id,
        subject_version=2,
        region=str(bearer.region),
        kind=CodeKind.INSTITUTION,
        code=str(bearer.code),
        name=str(bearer.name),
        assigned_at=tx.now,
    )


def _awaited(bearer: CodeHolder) -> CodeAwaitingAgreement:
    return CodeAwaitingAgreement(
        subject_id=bearer.subject_id,
        subject_version=1,
        region=str(bearer.region),
        kind=CodeKind.INSTITUTION,
        name=str(bearer.name),
    )


async def set_policy(tx: Transaction, caller: Caller, institution_type: str, moment: AssignOn) -> None:
    """The nation's unit decides when institutions of a type get their codes (COD-2)."""
    RoleRequired.unless(caller.region == NATION)
    before = await store.policies(tx)
    await store.save_policy(tx, institution_type, moment)
    tx.audit(
        caller.account_id,
        "set code policy",
        before={key: value.value for key, value in before.items()},
        after={institution_type: moment.value},
    )
