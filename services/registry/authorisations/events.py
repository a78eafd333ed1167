"""The events about authorisations."""

from datetime import datetime

from pydantic import JsonValue

from services.registry.accounts.rules import Account
from services.registry.authorisations.form import FORM
from services.registry.authorisations.rules import ROLE_NAMES, Authorisation
from shared.contracts.registry.events import (
    Attachment,
    AuthorisationPrepared,
    SubmissionFiled,
)


def prepared(one: Authorisation, account: Account) -> AuthorisationPrepared:
    """The letter of this version can be made."""
    return AuthorisationPrepared(
        subject_id=one.authorisation_id,
        subject_version=one.event_version,
        region=account.region,
        letter_number=one.letter_number,
        letter_version=one.letter_version,
        account_id=account.account_id,
        person_name=account.name,
        person_id_masked=account.id_number_masked or "",
        username=account.username,
        role=ROLE_NAMES[one.request.provider_kind],
        scopes=one.request.scopes,
        providers=one.providers,
        enterprise=one.request.enterprise,
        prepared_at=one.prepared_at,
    )


def submission(one: Authorisation, account: Account, now: datetime) -> SubmissionFiled:
    """The stamped letter goes to the nation's unit, by the region of the account."""
    scan = one.scan or {}
    return SubmissionFiled(
        subject_id=one.authorisation_id,
        subject_version=one.event_version,
        region=account.region,
        kind=FORM.kind,
        form_edition=FORM.edition,
        submission=one.filing.submission,
        title=f"{account.name}：{_represented(one)}",
        nation_only=True,
        filed_by=account.account_id,
        filed_by_name=account.name,
        filed_at=now,
        values=_values(one, account),
        attachments=(Attachment(field="scan", **{key: scan[key] for key in ("document_id", "name", "pages")}),),
    )


def _represented(one: Authorisation) -> str:
    """For whom the account works, and whether it takes the place of another account."""
    return _parties(one) + ("（交接）" if one.predecessors else "")


def _parties(one: Authorisation) -> str:
    count, enterprise = len(one.providers), one.request.enterprise
    if enterprise is not None:
        return f"{enterprise.name}（{count} 家门店）"
    return one.providers[0].name + (f"等 {count} 家机构" if count > 1 else "")


def _values(one: Authorisation, account: Account) -> dict[str, JsonValue]:
    enterprise = one.request.enterprise
    return {
        "letter_number": one.letter_number,
        "letter_version": one.letter_version,
        "name": account.name,
        "id_number": account.id_number_masked,
        "username": account.username,
        "scopes": list(one.request.scopes),
        "enterprise_name": enterprise.name if enterprise else None,
        "enterprise_uscc": enterprise.uscc if enterprise else None,
        "providers": [each.model_dump(mode="json") for each in one.providers],
        "handover": bool(one.predecessors),
        "scan_recognised": bool((one.scan or {}).get("recognised")),
    }
