"""What is told of authorisations."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.registry.accounts.rules import Account
from services.registry.authorisations.rules import ROLE_NAME, SCOPE_NAMES, Authorisation
from services.registry.institutions.store import Told
from shared.contracts.registry.events import (
    Attachment,
    AuthorisationPrepared,
    FiledField,
    MaintainerAuthorised,
    Scope,
    SubjectKind,
    SubmissionFiled,
)


def prepared(one: Authorisation, account: Account) -> AuthorisationPrepared:
    """The letter of this version can be made."""
    return AuthorisationPrepared(
        subject_id=one.authorisation_id,
        subject_version=one.told,
        region=account.region,
        letter_number=one.letter_number,
        letter_version=one.letter_version,
        account_id=account.account_id,
        person_name=account.name,
        person_id_masked=account.id_number_masked or "",
        username=account.username,
        role=ROLE_NAME,
        scopes=one.asked.scopes,
        institutions=one.institutions,
        prepared_at=one.prepared_at,
    )


def submission(one: Authorisation, account: Account, now: datetime) -> SubmissionFiled:
    """The stamped letter goes to the nation's unit, by the region of the account."""
    first = one.institutions[0].name
    others = f"等 {len(one.institutions)} 家机构" if len(one.institutions) > 1 else ""
    scan = one.scan or {}
    return SubmissionFiled(
        subject_id=one.authorisation_id,
        subject_version=one.told,
        region=account.region,
        kind=SubjectKind.AUTHORISATION,
        submission=one.filing.submission,
        title=f"{account.name}：{first}{others}",
        nation_only=True,
        filed_by=account.account_id,
        filed_by_name=account.name,
        filed_at=now,
        fields=_fields(one, account),
        attachments=(Attachment(field="scan", **{key: scan[key] for key in ("document_id", "name", "pages")}),),
    )


def authorised(told: Told, account_id: UUID, scopes: Sequence[Scope]) -> MaintainerAuthorised:
    """An account may maintain an institution from now on, with all the scopes that it has of it."""
    return MaintainerAuthorised(
        subject_id=told.institution_id,
        subject_version=told.told,
        region=told.region,
        account_id=account_id,
        scopes=tuple(scopes),
        institution_name=told.name,
    )


def _fields(one: Authorisation, account: Account) -> tuple[FiledField, ...]:
    recognised = bool((one.scan or {}).get("recognised"))
    institutions = [
        f"{each.name}（统一社会信用代码 {each.uscc or '无'}，登记号 {each.licence_number or '无'}）"
        for each in one.institutions
    ]
    return (
        _field(
            "letter_number", "授权书编号", "Letter number", f"{one.letter_number}（第 {one.letter_version} 版）"
        ),
        _field("person", "被授权人", "Authorised person", f"{account.name}（{account.id_number_masked or '—'}）"),
        _field("username", "用户名", "Username", account.username),
        _field("scopes", "授权范围", "Scopes", "、".join(SCOPE_NAMES[scope] for scope in one.asked.scopes)),
        _field("institutions", "授权机构", "Institutions", "；".join(institutions)),
        _field(
            "scan",
            "盖章授权书",
            "Stamped letter",
            "二维码已识别" if recognised else "编号由申请人输入，请人工核对",
        ),
    )


def _field(name: str, zh: str, en: str, shown: str) -> FiledField:
    return FiledField(field=name, label_zh=zh, label_en=en, value=shown, shown=shown)
