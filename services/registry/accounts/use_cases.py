"""What is done with accounts, one transaction each."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from services.registry.accounts import rules, store
from services.registry.accounts.form import FORM
from services.registry.accounts.problems import PasswordWrong, UsernameTaken
from services.registry.accounts.rules import Account
from services.registry.accounts.sealing import Proofs, SealedPerson
from services.registry.filings import Filing, FilingState, in_case_order
from services.registry.regions import store as regions
from services.registry.units import store as units
from services.registry.units.problems import UnitBeyondRegion
from services.registry.units.rules import Unit, may_equip
from shared.contracts.registry.events import AccountAccessChanged, Attachment, SubmissionFiled
from shared.contracts.review.events import CaseEvent
from shared.identifiers.names import level_person_name
from shared.identifiers.regions import NATION
from shared.ids import new_id
from shared.postgres.transaction import Transaction
from shared.problems import ChangedMeanwhile, FieldProblem, FieldsRefused, NotFound
from shared.security.caller import Caller, Role
from shared.security.identifiers import Cipher


async def register(tx: Transaction, username: str, region: str, person: SealedPerson, proofs: Proofs) -> Account:
    """Anyone registers; the account can sign in at once and is reviewed once it is filed (ACC-1, ACC-2)."""
    await _require_region(tx, region)
    account = Account(
        account_id=new_id(),
        version=1,
        username=username.strip(),
        role=Role.MAINTAINER,
        name=person.name,
        region=region,
        unit_id=None,
        id_number_masked=person.id_number.masked,
        phone_masked=person.phone.masked,
        filing=Filing(since=tx.now),
    )
    UsernameTaken.unless(await store.insert(tx, account, proofs, person), username=account.username)
    tx.audit(account.account_id, "account.registered", after=_audited(account))
    return account


async def open_for_unit(
    tx: Transaction, caller: Caller, unit_id: UUID, username: str, name: str, role: Role, proofs: Proofs
) -> Account:
    """A unit's maintainer, or a superior's, opens an account for the unit: approved by birth (ACC-9)."""
    unit = await units.find(tx, unit_id)
    if unit is None:
        raise NotFound
    UnitBeyondRegion.unless(may_equip(caller, unit))
    account = unit_account(tx, unit, username, name, role)
    UsernameTaken.unless(await store.insert(tx, account, proofs), username=account.username)
    tx.audit(account.account_id, "account.opened", after=_audited(account))
    return account


async def open_first(tx: Transaction, unit: Unit, username: str, name: str, role: Role, proofs: Proofs) -> bool:
    """One of the nation's first two accounts, which nobody can open for it; False where it is there already."""
    account = unit_account(tx, unit, username, name, role)
    opened = await store.insert(tx, account, proofs)
    if opened:
        tx.audit(account.account_id, "account.opened", after=_audited(account))
    return opened


def unit_account(tx: Transaction, unit: Unit, username: str, name: str, role: Role) -> Account:
    """A unit's account as it begins."""
    return Account(
        account_id=new_id(),
        version=1,
        username=username.strip(),
        role=role,
        name=level_person_name(name),
        region=unit.region,
        unit_id=unit.unit_id,
        id_number_masked=None,
        phone_masked=None,
        filing=Filing(FilingState.APPROVED, since=tx.now),
    )


async def lock_own(tx: Transaction, caller: Caller) -> Account:
    """The caller's account, locked."""
    account = await store.lock(tx, caller.account_id)
    if account is None:
        raise NotFound
    return account


async def amend(tx: Transaction, caller: Caller, version: int, region: str, person: SealedPerson) -> Account:
    """Who was registered wrongly, or returned by the reviewer, is mended; nobody registers again (ACC-2)."""
    account = (await lock_own(tx, caller)).open_to_change()
    ChangedMeanwhile.unless(account.version == version, current=account.version, seen=version)
    await _require_region(tx, region)
    amended = replace(
        account,
        version=account.version + 1,
        name=person.name,
        region=region,
        id_number_masked=person.id_number.masked,
        phone_masked=person.phone.masked,
    )
    await store.save_person(tx, amended, person)
    tx.audit(account.account_id, "account.amended", before=_audited(account), after=_audited(amended))
    return amended


async def submit(tx: Transaction, caller: Caller, attachments: Sequence[Attachment]) -> Account:
    """The account goes to the nation's unit with ID card and certificate (ACC-1, ACC-2)."""
    account = (await lock_own(tx, caller)).filed(attachments, tx.now)
    await store.save(tx, account)
    tx.record(_submission_filed(tx, account))
    tx.audit(account.account_id, "account.submitted", after={"submission": account.filing.submission})
    return account


async def follow_cases(tx: Transaction, events: Sequence[CaseEvent]) -> None:
    """Accounts follow their cases, each event after the other."""
    for event in in_case_order(events):
        await follow_case(tx, event)


async def follow_case(tx: Transaction, event: CaseEvent) -> None:
    """The review of an account went on; what is older than what is known changes nothing (ACC-2)."""
    account = await store.lock(tx, event.subject_id)
    if account is None or (filing := account.filing.apply(event)) == account.filing:
        return
    after = replace(account, version=account.version + 1, filing=filing)
    await store.save(tx, after)
    if filing.state is FilingState.APPROVED:
        tx.record(_access_changed(after), because_of=event)
    if filing.state is not account.state:
        tx.audit(account.account_id, f"account.{filing.state}", before=account.state, after=filing.state)


async def change_password(tx: Transaction, caller: Caller, compared_hash: str, hashed: str) -> Account:
    """Changes the caller's password and ends all sessions of the account (ACC-5).

    `compared_hash` is the stored hash that the present password matched. Of two changes at the same time the
    second is refused, because the stored hash has changed.
    """
    account = await lock_own(tx, caller)
    PasswordWrong.unless(await store.password_hash(tx, account.account_id) == compared_hash)
    after = account.with_new_password()
    await save_password(tx, after, hashed, "account.password.changed")
    return after


async def save_password(tx: Transaction, after: Account, hashed: str, action: str) -> None:
    """Saves another password; the gateway ends the account's sessions when it receives the event."""
    await store.save_password(tx, after, hashed)
    tx.record(_access_changed(after))
    tx.audit(after.account_id, action, after={"epoch": after.epoch})


async def end_sessions(tx: Transaction, account: Account, action: str) -> None:
    """Ends all sessions of a locked account; the gateway does so when it receives the event."""
    after = account.with_sessions_ended()
    await store.save_epoch(tx, after)
    tx.record(_access_changed(after))
    tx.audit(after.account_id, action, after={"epoch": after.epoch})


async def read_numbers(tx: Transaction, caller: Caller, cipher: Cipher, account_id: UUID) -> tuple[str, str]:
    """The nation's reviewer sees ID number and phone in full, and the trail keeps that they did."""
    if caller.region != NATION:
        raise NotFound
    encrypted = await store.numbers(tx, account_id)
    if encrypted is None:
        raise NotFound
    tx.audit(account_id, "account.numbers.read", after={"by": str(caller.account_id)})
    id_number, phone = encrypted
    return cipher.decrypt(id_number), cipher.decrypt(phone)


async def _require_region(tx: Transaction, region: str) -> None:
    if await regions.find(tx, region) is None:
        zh, en = "没有这个医保区划。", "There is no such region."
        raise FieldsRefused(fields=(FieldProblem(field="region", code="region-unknown", zh=zh, en=en),))


def _access_changed(account: Account) -> AccountAccessChanged:
    return AccountAccessChanged(
        subject_id=account.account_id,
        subject_version=account.version,
        region=account.region,
        epoch=account.epoch,
        closed=account.closed,
        reviewed=account.state is FilingState.APPROVED,
    )


def _submission_filed(tx: Transaction, account: Account) -> SubmissionFiled:
    return SubmissionFiled(
        subject_id=account.account_id,
        subject_version=account.version,
        region=account.region,
        kind=FORM.kind,
        form_edition=FORM.edition,
        submission=account.filing.submission,
        title=f"{account.name}（{account.username}）",
        nation_only=True,
        filed_by=account.account_id,
        filed_by_name=account.name,
        filed_at=tx.now,
        values=rules.values_of(account),
        attachments=account.attachments,
    )


def _audited(account: Account) -> dict[str, Any]:
    """What the trail keeps of an account: nothing that would have to be encrypted."""
    return {
        "username": account.username,
        "role": account.role,
        "name": account.name,
        "region": account.region,
        "id_number": account.id_number_masked,
        "phone": account.phone_masked,
    }
