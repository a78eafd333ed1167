"""The jobs of review: approving all cases that a unit has to do."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Gauge

from services.review import use_cases
from services.review.rules.case import Decision, Judgement
from services.review.store import cases, reading, waiting
from services.review.store.reading import ToDo
from shared.jobs.handlers import Jobs, start_job
from shared.jobs.rules import Job, Slice
from shared.postgres.transaction import Transaction
from shared.problems import NotFound
from shared.security.caller import Caller

APPROVALS, WAITING = "review.approvals", "review.waiting-filings"
_SLICE = 100
WAITING_FILINGS = Gauge("fuma_review_waiting_filings", "Filings for which no unit of the route is registered.")
_FIRST = UUID(int=0)

log = structlog.get_logger()
jobs = Jobs()


async def start_approvals(tx: Transaction, caller: Caller, wanted: ToDo, note: str) -> UUID:
    """Starts approving all cases that the caller's unit has to do now."""
    if caller.unit_id is None:
        raise NotFound
    arguments = {
        "caller": caller.model_dump(mode="json"),
        "before": wanted.before.isoformat(),
        "kind": wanted.kind,
        "parent_id": None if wanted.parent_id is None else str(wanted.parent_id),
        "note": note.strip(),
    }
    return await start_job(tx, APPROVALS, arguments, owner_id=caller.account_id)


@jobs.handler(WAITING, every=timedelta(minutes=1))
async def watch_waiting(tx: Transaction, job: Job) -> Slice:
    """Raises an alarm while filings wait for a missing unit of their route (REV-2)."""
    count = await waiting.count(tx)
    WAITING_FILINGS.set(count)
    if count:
        log.warning("filings_wait_for_a_unit", count=count)
    return Slice(job.cursor, done=1, finished=True)


@jobs.handler(use_cases.CLOSURES)
async def close_slice(tx: Transaction, job: Job) -> Slice:
    """Closes the next cases of what belongs to an archived or deleted subject."""
    count = await use_cases.close_children(tx, UUID(job.arguments["subject_id"]), _SLICE)
    return Slice(None, count, finished=count < _SLICE)


@jobs.handler(APPROVALS)
async def approve_slice(tx: Transaction, job: Job) -> Slice:
    """Approves the next hundred cases; refused cases are counted by reason and stay to be done."""
    caller = Caller.model_validate(job.arguments["caller"])
    wanted = ToDo.of(job.arguments)
    after = UUID(str(job.cursor)) if job.cursor else _FIRST
    case_ids = await reading.to_do(tx, caller.unit_id or _FIRST, wanted, after, _SLICE)
    judgement = Judgement(Decision.APPROVE, caller.account_id, caller.name, job.arguments["note"])
    seen = {one.case_id: one.version for one in await cases.load(tx, case_ids)}
    refused = await use_cases.decide_many(tx, caller, seen, judgement)
    reasons = Counter(why.code for why in refused.values() if why is not None)
    counted = {code: job.result.get(code, 0) + count for code, count in reasons.items()}
    finished = len(case_ids) < _SLICE
    return Slice(str(case_ids[-1]) if case_ids else job.cursor, len(case_ids), finished=finished, result=counted)
