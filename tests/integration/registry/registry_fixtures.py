"""Fixtures for tests of the registry: accounts, receipts, and the events of other services."""

import itertools
from typing import Any
from uuid import UUID

import aiohttp

from shared.clock import utc_now
from shared.contracts.documents.events import LetterMade, ScanMatched
from shared.contracts.registry.events import SubjectKind
from shared.contracts.review.events import CaseApproved, CaseEvent
from shared.identifiers.regions import Level
from shared.ids import new_id
from shared.security.caller import Caller, Role
from shared.security.receipts import Receipt, signed_receipt
from shared.security.tokens import Signer
from tests.environment import Environment, until

HOSPITAL = {
    "name": "湘潭市中心医院",
    "uscc": "12430300445302343Q",
    "licence_number": "44530234343030211A1001",
    "pooling_region": "430302",
}
_number = itertools.count()


async def answer_of(response: aiohttp.ClientResponse, status: int) -> dict[str, Any]:
    """The body of an answer that has this status."""
    body: dict[str, Any] = await response.json()
    assert response.status == status, body
    return body


async def a_maintainer(environment: Environment) -> Caller:
    """A registered account, not reviewed yet."""
    form = {
        "username": f"maintainer.{next(_number)}",
        "password": "correct horse battery",
        "name": "张三",
        "id_number": "430302190001010016",
        "phone": "13800000000",
        "region": "430302",
        "security_questions": [{"question": f"第{n}个问题？", "answer": f"答案 {n}"} for n in range(3)],
    }
    async with environment.client("registry") as anyone:
        account = await answer_of(await anyone.post("/accounts", json=form), 201)
    return Caller(
        account_id=UUID(account["account_id"]), name="张三", role=Role.MAINTAINER, region=account["region"]
    )


def a_receipt(environment: Environment, caller: Caller, name: str = "paper.pdf") -> str:
    """The receipt of an upload of the caller."""
    receipt = Receipt(document_id=new_id(), owner=caller.account_id, name=name, pages=2, sha256="0" * 64)
    return signed_receipt(Signer(environment.secrets / "receipt.private.pem", "receipt"), receipt)


def a_case_event(
    kind: type[CaseEvent],
    subject: str,
    subject_id: str | UUID,
    version: int,
    submission: int = 1,
    level: Level = Level.NATION,
    **more: Any,
) -> Any:
    """An event of the review service about a case."""
    return kind(
        subject_id=subject_id,
        subject_version=version,
        region="430302",
        case_id=new_id(),
        kind=subject,
        submission=submission,
        happened_at=utc_now(),
        unit_id=new_id(),
        unit_name=f"{level.value} unit",
        level=level,
        **more,
    )


def a_letter(authorisation: dict[str, Any], letter_version: int = 1) -> LetterMade:
    """The event of a letter that was made."""
    return LetterMade(
        subject_id=authorisation["authorisation_id"],
        subject_version=letter_version,
        region="430302",
        letter_number=authorisation["letter_number"],
        letter_version=letter_version,
        document_id=new_id(),
    )


def a_scan(authorisation: dict[str, Any], version: int = 2, letter_version: int = 1) -> ScanMatched:
    """The event of a stamped scan."""
    return ScanMatched(
        subject_id=authorisation["authorisation_id"],
        subject_version=version,
        region="430302",
        letter_number=authorisation["letter_number"],
        letter_version=letter_version,
        document_id=new_id(),
        name="scan.pdf",
        pages=1,
        recognised=True,
        uploaded_by=new_id(),
        uploaded_at=utc_now(),
    )


async def reads(client: aiohttp.ClientSession, path: str, **wanted: Any) -> dict[str, Any]:
    """Reads a record until these members have these values."""

    async def look() -> dict[str, Any] | None:
        body = await answer_of(await client.get(path), 200)
        return body if all(body[name] == value for name, value in wanted.items()) else None

    found: dict[str, Any] = await until(look, what=f"{path} with {wanted}")
    return found


async def authorised(
    environment: Environment,
    client: aiohttp.ClientSession,
    caller: Caller,
    *institution_ids: str,
    scopes: tuple[str, ...] = ("institution", "physician"),
) -> dict[str, Any]:
    """An authorisation that the nation has approved, of an account that it has approved."""
    asked = {"scopes": list(scopes), "provider_ids": list(institution_ids)}
    one = await answer_of(await client.post("/authorisations", json=asked), 201)
    path = f"/authorisations/{one['authorisation_id']}"
    await environment.publish(a_scan(one), a_case_event(CaseApproved, SubjectKind.ACCOUNT, caller.account_id, 2))
    await reads(client, path, state="submitted")
    await environment.publish(a_case_event(CaseApproved, SubjectKind.AUTHORISATION, one["authorisation_id"], 2))
    return await reads(client, path, state="approved", in_force=True)
