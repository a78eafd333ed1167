"""The jobs of records: submitting many in one action (STA-8), and building the search anew."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.registry.records import store, submissions
from services.registry.records.store import OpenRecords
from services.registry.records.subject import Subject
from services.registry.records.submissions import Refusal
from shared.jobs.handlers import Jobs, start_job
from shared.jobs.rules import Job, Slice
from shared.postgres.transaction import Transaction
from shared.problems import texts_of
from shared.security.caller import Caller
from shared.security.identifiers import Cipher

SUBMISSIONS = "registry.submissions"
SEARCH_INDEX = "registry.search-index"
_SLICE = 200
_INDEXED_SLICE = 500
# The first so many refusals are shown one by one; the rest are counted, and their records say what is missing.
_REFUSALS_SHOWN = 200


async def start_submissions(tx: Transaction, subject: Subject, caller: Caller, wanted: OpenRecords) -> UUID:
    """Starts submitting all records of a kind that are open and that the caller maintains."""
    arguments = {"caller": caller.model_dump(mode="json"), "kind": subject.kind, **wanted.arguments}
    total = await store.count_open(tx, subject, caller, wanted)
    return await start_job(tx, SUBMISSIONS, arguments, total=total, owner_id=caller.account_id)


def jobs_of(subjects: Mapping[str, Subject], cipher: Cipher) -> Jobs:
    """The jobs of the records of these kinds."""
    jobs = Jobs()

    @jobs.handler(SUBMISSIONS)
    async def submit_slice(tx: Transaction, job: Job) -> Slice:
        """Submits the next records; those that are refused stay open, each with its reasons."""
        caller, subject = Caller.model_validate(job.arguments["caller"]), subjects[job.arguments["kind"]]
        wanted = OpenRecords.of(job.arguments)
        after = UUID(job.cursor) if isinstance(job.cursor, str) else None
        record_ids = await store.open_records(tx, subject, caller, wanted, after, _SLICE)
        refused = await submissions.submit_many(tx, subject, cipher, caller, record_ids)
        return Slice(
            cursor=str(record_ids[-1]) if record_ids else job.cursor,
            done=len(record_ids),
            finished=len(record_ids) < _SLICE,
            result=_result(job.result, len(record_ids), refused),
        )

    @jobs.handler(SEARCH_INDEX)
    async def index_slice(tx: Transaction, job: Job) -> Slice:
        """Builds the search of the next records anew; a migration starts it where what is searched has changed."""
        subject, after = subjects[job.arguments["kind"]], UUID(job.cursor) if isinstance(job.cursor, str) else None
        indexed = await store.index_next(tx, subject.kind, subject.other_names, after, _INDEXED_SLICE)
        cursor = str(indexed[-1]) if indexed else job.cursor
        return Slice(cursor=cursor, done=len(indexed), finished=len(indexed) < _INDEXED_SLICE)

    return jobs


def _result(before: Mapping[str, Any], count: int, refused: list[Refusal]) -> dict[str, Any]:
    shown = before.get("refusals", [])
    return {
        "submitted": before.get("submitted", 0) + count - len(refused),
        "refused": before.get("refused", 0) + len(refused),
        "refusals": [*shown, *map(_shown, refused[: _REFUSALS_SHOWN - len(shown)])],
    }


def _shown(refusal: Refusal) -> dict[str, Any]:
    fields = [one.model_dump(mode="json") for one in refusal.problem.fields]
    return {
        "record_id": str(refusal.record_id),
        "name": refusal.name,
        **texts_of(refusal.problem),
        "fields": fields,
    }
