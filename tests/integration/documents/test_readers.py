"""The readers of a document follow its record: the record's region and its provider's maintainers."""

from uuid import UUID

import pytest

from shared.ids import new_id
from shared.security.caller import Caller, Role
from tests.environment import Environment, a_caller, until
from tests.integration.documents.document_fixtures import REGION, filed, maintainer, uploaded
from tests.integration.documents.test_documents_endpoints import comes_to_read, may_read
from tests.provider_events import maintainers_changed
from tests.unit.documents.uploads import empty_pdf, pdf_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

ELSEWHERE = "320102"


async def a_document(environment: Environment, owner: Caller) -> str:
    """A document of this account."""
    async with environment.client("documents", owner) as client:
        document_id: str = (await uploaded(client, pdf_of(empty_pdf())))["document_id"]
        return document_id


async def stops_to_read(environment: Environment, caller: Caller, document_id: str) -> None:
    """Waits until a caller can no longer read a document."""
    async with environment.client("documents", caller) as client:

        async def look() -> bool:
            return (await client.get(f"/documents/{document_id}")).status == 404

        await until(look, what="the end of the right to read")
    assert not await may_read(environment, caller, document_id)


async def test_the_documents_of_a_moved_record_follow_it(office: Environment) -> None:
    owner, before, after = maintainer(), a_caller(Role.REVIEWER, REGION), a_caller(Role.REVIEWER, ELSEWHERE)
    old, new = await a_document(office, owner), await a_document(office, owner)
    first = filed(old)
    await office.publish(first)
    await comes_to_read(office, before, old)
    moved = filed(new).model_copy(
        update={"subject_id": first.subject_id, "submission": first.submission + 1, "region": ELSEWHERE}
    )
    await office.publish(moved)
    for document_id in (old, new):
        await comes_to_read(office, after, document_id)
        await stops_to_read(office, before, document_id)
    # The first filing once more, under another message: what is older changes nothing.
    await office.publish(first)
    await office.publish(filed(await a_document(office, owner)))
    assert not await may_read(office, before, old)


async def test_the_present_maintainer_of_a_provider_reads_its_documents(office: Environment) -> None:
    first, second = maintainer(), maintainer()
    document_id = await a_document(office, first)
    event = filed(document_id)
    await office.publish(event)
    assert await may_read(office, first, document_id)
    assert not await may_read(office, second, document_id)

    async def maintained(version: int, *accounts: UUID) -> None:
        await office.publish(maintainers_changed(event.subject_id, version, REGION, *accounts))

    await maintained(1, first.account_id, second.account_id)
    await comes_to_read(office, second, document_id)
    assert await may_read(office, first, document_id)
    await maintained(2, second.account_id)
    await stops_to_read(office, first, document_id)
    assert await may_read(office, second, document_id)
    assert not await may_read(office, second, str(new_id()))
