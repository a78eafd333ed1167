"""An applicant for an authorisation: the registry's events and the requests to the documents service."""

from typing import Any
from uuid import UUID

import aiohttp

from shared.clock import utc_now
from shared.contracts.registry.events import (
    Attachment,
    AuthorisationPrepared,
    AuthorisedProvider,
    Scope,
    SubjectKind,
    SubmissionFiled,
)
from shared.ids import new_id
from shared.security.caller import Caller, Role
from tests.environment import Environment, a_caller

REGION = "430302"
HOSPITAL = AuthorisedProvider(
    provider_id=new_id(),
    kind="institution",
    name="湘潭市第一人民医院",
    uscc="12430300445302345K",
    licence_number="44530234543030211A1001",
)


def prepared(
    caller: Caller, *, version: int = 1, number: str | None = None, authorisation_id: UUID | None = None
) -> AuthorisationPrepared:
    """The event of a caller's prepared authorisation."""
    return AuthorisationPrepared(
        subject_id=authorisation_id or new_id(),
        subject_version=version,
        region=REGION,
        letter_number=number or f"SQ{new_id().hex[-12:].upper()}",
        letter_version=version,
        account_id=caller.account_id,
        person_name="张某某",
        person_id_masked="4305**********0011",
        username="zhangmm",
        role="医疗机构维护人员",
        scopes=(Scope.INSTITUTION, Scope.NURSE),
        providers=(HOSPITAL,),
        prepared_at=utc_now(),
    )


def changed(event: AuthorisationPrepared) -> AuthorisationPrepared:
    """The next version of the same authorisation."""
    version = event.letter_version + 1
    return event.model_copy(update={"subject_version": version, "letter_version": version})


def filed(
    document_id: str,
    *,
    region: str = REGION,
    nation_only: bool = False,
    kind: SubjectKind = SubjectKind.INSTITUTION,
) -> SubmissionFiled:
    """A filing with one document."""
    return SubmissionFiled(
        subject_id=new_id(),
        subject_version=1,
        region=region,
        kind=kind,
        submission=1,
        title="湘潭市第一人民医院",
        nation_only=nation_only,
        filed_by=new_id(),
        filed_by_name="张某某",
        filed_at=utc_now(),
        form_edition="1",
        values={},
        attachments=(Attachment(field="licence", document_id=UUID(document_id), name="许可证", pages=1),),
    )


def maintainer() -> Caller:
    """A maintainer."""
    return a_caller(Role.MAINTAINER, REGION)


async def answered(response: aiohttp.ClientResponse, status: int) -> Any:
    """The JSON of an answer that must have this status."""
    assert response.status == status, await response.text()
    return await response.json(content_type=None)


async def uploaded(
    client: aiohttp.ClientSession,
    content: bytes,
    media_type: str = "application/pdf",
    *,
    path: str = "/documents",
    **query: str,
) -> Any:
    """A file as a new document, or as an archive."""
    headers = {"Content-Type": media_type}
    return await answered(await client.post(path, data=content, headers=headers, params=query), 201)


async def downloaded(client: aiohttp.ClientSession, path: str) -> bytes:
    """The content of a download, which must succeed as an attachment."""
    response = await client.get(path)
    assert response.status == 200, await response.text()
    assert response.content_type == "application/pdf"
    assert response.headers["Content-Disposition"].startswith("attachment")
    return await response.read()


async def letter_of(environment: Environment, caller: Caller, event: AuthorisationPrepared) -> bytes:
    """The letter of a prepared authorisation, requested at once."""
    await environment.publish(event)
    path = f"/letters/{event.subject_id}/content?letter_version={event.letter_version}"
    async with environment.client("documents", caller) as client:
        return await downloaded(client, path)
