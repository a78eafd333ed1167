"""The events about authorisations."""

from datetime import datetime

from pydantic import JsonValue

from services.registry.accounts.rules import Account
from services.registry.authorisations.form import FORM
from services.registry.authorisations.rules import ROLE_NAME, Authorisation
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
        role=ROLE_NAME,
        scopes=one.asked.scopes,
        providers=one.providers,
        prepared_at=one.prepared_at,
    )


def submission(one: Authorisation, account: Account, now: datetime) -> SubmissionFiled:
    """The stamped letter goes to the nation's unit, by the region of the account."""
    first = one.providers[0].name
    others = f"等 {len(one.providers)} 家机构" if len(one.providers) > 1 else ""
    scan = one.scan or {}
    return SubmissionFiled(
        subject_id=one.authorisation_id,
        subject_version=one.event_version,
        region=account.region,
        kind=FORM.kind,
        form_edition=FORM.edition,
        submission=one.filing.submission,
        title=f"{account.name}：{first}{others}",
        nation_only=True,
        filed_by=account.account_id,
        filed_by_name=account.name,
        filed_at=now,
        values=_values(one, account),
        attachments=(Attachment(field="scan", **{key: scan[key] for key in ("document_id", "name", "pages")}),),
    )


def _values(one: Authorisation, account: Account) -> dict[str, JsonValue]:
    return {
        "letter_number": one.letter_number,
        "letter_version": one.letter_version,
        "name": account.name,
        "id_number": account.id_number_masked,
        "username": account.username,
        "scopes": list(one.asked.scopes),
        "providers": [each.model_dump(mode="json") for each in one.providers],
        "scan_recognised": bool((one.scan or {}).get("recognised")),
    }
