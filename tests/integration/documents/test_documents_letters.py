"""A letter is made once and stays the same; only a stamped scan of the letter in force matches."""

import asyncio
import time
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from deploy.laptop.demo.scan_simulation import stamp_and_scan
from services.documents.letter_maker import statement
from services.documents.pdf.letter import render_letter
from shared.clock import utc_now
from shared.contracts.documents.events import LetterFailed, LetterMade, ScanMatched
from shared.contracts.registry.events import AuthorisationPrepared, SubjectKind
from shared.contracts.review.events import CaseApproved, CaseEvent, CaseReturned, CaseWithdrawn
from shared.identifiers.regions import Level
from shared.ids import new_id
from shared.security.caller import Caller, Role
from tests.environment import Environment, a_caller, until
from tests.integration.documents.document_fixtures import (
    REGION,
    answered,
    changed,
    downloaded,
    filed,
    letter_of,
    maintainer,
    prepared,
)
from tests.unit.documents.uploads import empty_pdf, pdf_of

pytestmark = pytest.mark.asyncio(loop_scope="session")
Received = list[tuple[str, dict[str, Any]]]


def events_about(received: Received, kind: str, subject_id: UUID) -> list[dict[str, Any]]:
    return [data for name, data in received if name == kind and data["subject_id"] == str(subject_id)]


async def scanned(
    environment: Environment,
    caller: Caller,
    authorisation_id: UUID,
    content: bytes,
    status: int = 201,
    **query: str,
) -> Any:
    headers = {"Content-Type": "image/jpeg" if content.startswith(b"\xff\xd8") else "application/pdf"}
    path = f"/letters/{authorisation_id}/scans"
    async with environment.client("documents", caller) as client:
        return await answered(await client.post(path, data=content, headers=headers, params=query), status)


async def refused(
    environment: Environment, caller: Caller, authorisation_id: UUID, content: bytes, status: int, **query: str
) -> str:
    problem = await scanned(environment, caller, authorisation_id, content, status, **query)
    assert problem["title"]
    assert problem["next_step"]
    return str(problem["code"])


async def test_concurrent_requests_get_the_same_letter(office: Environment) -> None:
    caller = maintainer()
    event = prepared(caller)
    path = f"/letters/{event.subject_id}"
    async with office.listening("documents.#") as received, office.client("documents", caller) as client:
        asking = [asyncio.create_task(downloaded(client, f"{path}/content")) for _ in range(20)]
        await office.publish(event)
        letters = set(await asyncio.gather(*asking))
        current = await answered(await client.get(path), 200)
        await office.publish(event)
        await office.publish(later := prepared(maintainer()))

        async def later_made() -> bool:
            return bool(events_about(received, LetterMade.type, later.subject_id))

        await until(later_made, what="the letter after the repeated one")
        letters.add(await downloaded(client, f"{path}/content"))
    assert len(letters) == 1
    made = events_about(received, LetterMade.type, event.subject_id)
    assert [(one["letter_number"], one["letter_version"]) for one in made] == [(event.letter_number, 1)]
    assert made[0]["document_id"] == current["document_id"]


async def test_a_change_voids_the_letter_and_an_older_event_does_not_restore_it(office: Environment) -> None:
    caller = maintainer()
    first = prepared(caller)
    second = changed(first)
    async with office.listening("documents.#") as received:
        newer = await letter_of(office, caller, second)
        await office.publish(first, message_ids={0: new_id()})
        async with office.postgres("documents") as rows:

            async def both() -> bool:
                count = "SELECT count(*) FROM letter WHERE authorisation_id = $1"
                return bool(await rows.fetchval(count, first.subject_id) == 2)

            await until(both, what="the late letter")
        async with office.client("documents", caller) as client:
            assert (await answered(await client.get(f"/letters/{first.subject_id}"), 200))["letter_version"] == 2
            assert await downloaded(client, f"/letters/{first.subject_id}/content") == newer
        third = changed(second)
        assert await letter_of(office, caller, third) != newer

        async def third_made() -> bool:
            return len(events_about(received, LetterMade.type, first.subject_id)) == 2

        await until(third_made)
    made = events_about(received, LetterMade.type, first.subject_id)
    assert [(one["subject_version"], one["letter_version"]) for one in made] == [(1, 2), (2, 3)]


async def unanswered(environment: Environment, caller: Caller, path: str) -> tuple[Any, ...]:
    """The answers and the duration of requests for a foreign and a missing letter, which must be alike."""
    async with environment.client("documents", caller) as client:
        started = time.perf_counter()
        both = await asyncio.gather(client.get(path), client.get(f"{path}/content"))
        seconds = time.perf_counter() - started
        problems = [await answered(one, 404) for one in both]
    answers = [
        {key: value for key, value in one.items() if key not in {"instance", "correlation_id"}} for one in problems
    ]
    return answers, [one.headers.get("Retry-After") for one in both], round(seconds - 0.4)


async def test_only_its_account_and_the_nations_reviewers_read_a_letter(office: Environment) -> None:
    caller = maintainer()
    event = prepared(caller)
    letter = await letter_of(office, caller, event)
    path = f"/letters/{event.subject_id}"
    async with office.client("documents", a_caller(Role.REVIEWER)) as nation:
        assert await downloaded(nation, f"{path}/content") == letter
    for unrelated in (maintainer(), a_caller(Role.REVIEWER, "430000")):
        assert await unanswered(office, unrelated, path) == await unanswered(
            office, unrelated, f"/letters/{new_id()}"
        )
    assert await refused(office, maintainer(), event.subject_id, letter, 404) == "not-found"


async def test_a_request_waits_for_a_missing_letter_and_then_says_that_it_is_not_ready(
    office: Environment,
) -> None:
    async with office.client("documents", maintainer()) as client:
        began = time.perf_counter()
        answer = await client.get(f"/letters/{new_id()}")
        assert 2.5 < time.perf_counter() - began < 6
        assert (await answered(answer, 404))["code"] == "letter-not-ready"
        assert answer.headers["Retry-After"] == "1"


async def test_a_stamped_scan_is_recognised_published_and_opened_to_the_nation_by_the_filing(
    office: Environment,
) -> None:
    caller = maintainer()
    event = prepared(caller)
    (scan,) = stamp_and_scan(await letter_of(office, caller, event), seed=3)
    async with office.listening("documents.scan.#") as received:
        answer = await scanned(office, caller, event.subject_id, scan, name="盖章扫描件.jpg")

        async def matched() -> list[dict[str, Any]]:
            return events_about(received, ScanMatched.type, event.subject_id)

        (match,) = await until(matched, what="the match")
    assert (answer["recognised"], answer["letter_number"], answer["letter_version"]) == (
        True,
        event.letter_number,
        1,
    )
    assert answer["found_by"].startswith("z")
    assert (match["recognised"], match["document_id"]) == (True, answer["document_id"])
    assert (match["uploaded_by"], match["name"]) == (str(caller.account_id), "盖章扫描件.jpg")
    assert match["subject_version"] == 2
    nation, path = a_caller(Role.REVIEWER), f"/documents/{answer['document_id']}"
    await office.publish(filed(answer["document_id"], nation_only=True, kind=SubjectKind.AUTHORISATION))
    async with office.client("documents", nation) as client:

        async def readable() -> bool:
            return (await client.get(path)).status == 200

        await until(readable, what="the scan for the nation")


async def test_a_repeated_scan_upload_is_one_match(office: Environment) -> None:
    caller = maintainer()
    event = prepared(caller)
    letter = await letter_of(office, caller, event)
    headers = {"Idempotency-Key": "scan", "Content-Type": "application/pdf"}
    path = f"/letters/{event.subject_id}/scans"
    async with office.client("documents", caller) as client:
        both = await asyncio.gather(*(client.post(path, data=letter, headers=headers) for _ in range(2)))
        first, second = [await answered(one, 201) for one in both]
    assert first == second


def case_event(kind: type[CaseEvent], event: AuthorisationPrepared, submission: int) -> CaseEvent:
    """The review's event about an authorisation."""
    more: dict[str, Any] = {"fields": ()} if kind is CaseReturned else {}
    return kind(
        subject_id=event.subject_id,
        subject_version=submission,
        region=REGION,
        case_id=new_id(),
        kind=SubjectKind.AUTHORISATION,
        submission=submission,
        happened_at=utc_now(),
        unit_id=new_id(),
        unit_name="国家医疗保障局",
        level=Level.NATION,
        **more,
    )


async def comes_to_be(environment: Environment, event: AuthorisationPrepared, condition: str) -> None:
    query = f"SELECT {condition} FROM authorisation WHERE authorisation_id = $1"
    async with environment.postgres("documents") as rows:

        async def so() -> bool:
            return bool(await rows.fetchval(query, event.subject_id))

        await until(so, what=condition)


@pytest.mark.parametrize("comes_back_by", [CaseReturned, CaseWithdrawn])
async def test_a_second_scan_is_accepted_only_after_the_first_was_returned(
    office: Environment, comes_back_by: type[CaseEvent]
) -> None:
    caller = maintainer()
    event = prepared(caller)
    letter = await letter_of(office, caller, event)
    await scanned(office, caller, event.subject_id, letter)
    assert await refused(office, caller, event.subject_id, letter, 409) == "letter-under-review"
    await office.publish(case_event(comes_back_by, event, submission=1))
    await comes_to_be(office, event, "returned_submission = 1")
    await scanned(office, caller, event.subject_id, letter)
    # The same event once more, and the filing of the first scan coming late, change nothing.
    late = case_event(comes_back_by, event, submission=1)
    await office.publish(late, message_ids={0: new_id()})
    assert await refused(office, caller, event.subject_id, letter, 409) == "letter-under-review"
    await office.publish(case_event(CaseApproved, event, submission=2))
    await comes_to_be(office, event, "approved")
    assert await refused(office, caller, event.subject_id, letter, 409) == "letter-approved"


async def test_of_two_concurrent_scans_one_is_accepted_and_the_other_refused(office: Environment) -> None:
    caller = maintainer()
    event = prepared(caller)
    letter = await letter_of(office, caller, event)
    path, headers = f"/letters/{event.subject_id}/scans", {"Content-Type": "application/pdf"}
    async with office.client("documents", caller) as client:
        both = await asyncio.gather(*(client.post(path, data=letter, headers=headers) for _ in range(2)))
    assert sorted(one.status for one in both) == [201, 409]


async def test_a_changed_letter_accepts_a_scan_after_one_of_the_old_letter(
    office: Environment,
) -> None:
    caller = maintainer()
    event = prepared(caller)
    await scanned(office, caller, event.subject_id, await letter_of(office, caller, event))
    second = await letter_of(office, caller, changed(event))
    assert (await scanned(office, caller, event.subject_id, second))["letter_version"] == 2


async def test_a_filing_event_closes_the_letter_to_scans(office: Environment) -> None:
    caller = maintainer()
    event = prepared(caller)
    letter = await letter_of(office, caller, event)
    filing = filed(str(new_id()), nation_only=True, kind=SubjectKind.AUTHORISATION)
    await office.publish(filing.model_copy(update={"subject_id": event.subject_id, "submission": 3}))
    await comes_to_be(office, event, "filed_submission = 3")
    assert await refused(office, caller, event.subject_id, letter, 409) == "letter-under-review"


async def test_a_letter_that_no_font_can_draw_is_refused_and_delays_no_other(office: Environment) -> None:
    caller = maintainer()
    first = prepared(caller)
    event = first.model_copy(update={"person_name": "王\U0003fffd伟"})
    async with office.listening("documents.letter.#") as received, office.client("documents", caller) as client:
        await office.publish(event)
        for path in (f"/letters/{event.subject_id}", f"/letters/{event.subject_id}/content"):
            problem = await answered(await client.get(path), 422)
            assert (problem["code"], problem["characters"]) == ("letter-not-drawable", "U+3FFFD")

        async def failed() -> list[dict[str, Any]]:
            return events_about(received, LetterFailed.type, event.subject_id)

        (one,) = await until(failed, what="the failure")
    assert (one["letter_version"], one["characters"], one["subject_version"]) == (1, "U+3FFFD", 1)
    async with office.client("documents", maintainer()) as client:
        assert (await answered(await client.get(f"/letters/{event.subject_id}"), 404))[
            "code"
        ] == "letter-not-ready"
    assert await letter_of(office, caller, changed(first))


async def test_foreign_outdated_and_forged_letters_each_get_their_own_refusal(office: Environment) -> None:
    caller = maintainer()
    event, other = prepared(caller), prepared(caller)
    first, another = await letter_of(office, caller, event), await letter_of(office, caller, other)
    second = await letter_of(office, caller, changed(event))
    forged = render_letter(statement(event, b"f" * 32))
    mine = event.subject_id
    assert await refused(office, caller, mine, another, 409) == "letter-of-another-application"
    assert await refused(office, caller, mine, first, 409) == "letter-outdated"
    assert await refused(office, caller, mine, forged, 422) == "letter-forged"
    number = event.letter_number
    assert await refused(office, caller, mine, forged, 422, letter_number=number) == "letter-forged"
    assert (await scanned(office, caller, mine, second))["letter_version"] == 2


async def test_an_unrecognised_scan_goes_to_a_reviewer_with_the_typed_number(office: Environment) -> None:
    caller = maintainer()
    event = prepared(caller)
    await letter_of(office, caller, event)
    blank, mine = pdf_of(empty_pdf(1, 595, 60)), event.subject_id
    problem = await scanned(office, caller, mine, blank, 422)
    assert (problem["code"], problem["help_url"]) == ("letter-not-recognised", "/help/unreadable-letter")
    assert problem["help_title"] == "附件无法识别时，如何操作？"
    wrong = await refused(office, caller, mine, blank, 409, letter_number="SQ0")
    assert wrong == "letter-of-another-application"
    typed = f" {event.letter_number.lower()} "
    answer = await scanned(office, caller, mine, blank, letter_number=typed)
    assert (answer["recognised"], answer["found_by"]) == (False, "typed in")
    assert answer["letter_number"] == event.letter_number


async def test_a_letter_between_other_pages_is_found(office: Environment) -> None:
    caller = maintainer()
    event = prepared(caller)
    letter = await letter_of(office, caller, event)
    import aiohttp

    form = aiohttp.FormData()
    form.add_field("file", _lines(event), filename="1.pdf", content_type="application/pdf")
    form.add_field("file", letter, filename="2.pdf", content_type="application/pdf")
    async with office.client("documents", caller) as client:
        answer = await answered(await client.post(f"/letters/{event.subject_id}/scans", data=form), 201)
    assert (answer["recognised"], answer["pages"]) == (True, 2)


def _lines(event: AuthorisationPrepared) -> bytes:
    """A page with the letter's number but without its code."""
    written = BytesIO()
    canvas = Canvas(written, pagesize=A4)
    canvas.drawString(100, 700, event.letter_number)
    canvas.save()
    return written.getvalue()
