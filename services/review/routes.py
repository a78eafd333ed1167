"""The HTTP endpoints of review: work lists, cases, decisions, requests for return."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.review import jobs, use_cases
from services.review.rules.case import Decision, Judgement, Reason
from services.review.rules.life_cycle import passed_at
from services.review.store import cases as case_store
from services.review.store import reading, units
from services.review.store.reading import Query, ToDo
from services.review.store.visibility import Visibility
from services.review.views import CaseLine, CaseView, Counts, SeenCase, case_line, case_view, counts_view
from shared.clock import utc_now
from shared.jobs.routes import job_routes
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound, RuleBroken
from shared.security.caller import Caller, Role
from shared.web.pages import Page, PageQuery, Paging, point_in_time
from shared.web.routes import SIGNED_IN, Routes

cases = Routes("cases")
subjects = Routes("subjects")
job_progress = job_routes("review")
_CASES = Paging("cases", since=point_in_time, case_id=UUID)

ReasonText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]


class CasesQuery(PageQuery):
    """The filter of a unit's cases; without a state, those that are to be done."""

    state: Literal["to_do", "reported", "returned", "finished"] = "to_do"
    kind: Annotated[str, Field(max_length=40)] | None = None
    older_than_days: Annotated[int, Field(ge=0, le=36500)] | None = None
    query: Annotated[str, Field(max_length=100)] = ""


class GivenReason(BaseModel):
    """The reason why a field has to be corrected; an empty field name means the whole filing."""

    model_config = ConfigDict(extra="forbid")

    field: Annotated[str, Field(max_length=100)] = ""
    reason: ReasonText


class DecisionMade(BaseModel):
    """The reviewer's decision on the version that they saw."""

    model_config = ConfigDict(extra="forbid")

    version: int
    decision: Decision
    reasons: Annotated[list[GivenReason], Field(max_length=200)] = []
    note: Annotated[str, Field(max_length=2000)] = ""


class CaseSeen(BaseModel):
    """A case, and the version that the reviewer saw."""

    model_config = ConfigDict(extra="forbid")

    case_id: UUID
    version: int


class DecisionOnMany(BaseModel):
    """One verdict for many cases."""

    model_config = ConfigDict(extra="forbid")

    cases: Annotated[list[CaseSeen], Field(min_length=1, max_length=use_cases.MOST_AT_ONCE)]
    decision: Decision
    reasons: Annotated[list[GivenReason], Field(max_length=200)] = []
    note: Annotated[str, Field(max_length=2000)] = ""

    def judgement(self, caller: Caller) -> Judgement:
        """Returns the verdict as this reviewer's."""
        reasons = tuple(Reason(one.field, one.reason) for one in self.reasons)
        return Judgement(self.decision, caller.account_id, caller.name, self.note.strip(), reasons)


class DecisionResult(BaseModel):
    """The result of the verdict on one case: done, or the refusal's code and message."""

    case_id: UUID
    done: bool
    code: str | None
    zh: str | None
    en: str | None

    @classmethod
    def of(cls, case_id: UUID, refused: RuleBroken | None) -> Self:
        """Builds the result from a refusal, if there is one."""
        if refused is None:
            return cls(case_id=case_id, done=True, code=None, zh=None, en=None)
        zh, en = refused.message("zh"), refused.message("en")
        return cls(case_id=case_id, done=False, code=refused.code, zh=zh, en=en)


class DecisionsMade(BaseModel):
    """The results of the verdict on each case."""

    results: list[DecisionResult]


class ApprovalOfAll(BaseModel):
    """The filter of the cases to approve: a kind, an institution or pharmacy."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=40)] | None = None
    parent_id: UUID | None = None
    note: Annotated[str, Field(max_length=2000)] = ""


class StartedJob(BaseModel):
    """The started job: `GET /review-jobs/{job_id}` shows its progress."""

    job_id: UUID


class ReturnRequest(BaseModel):
    """The maintainer's reason for requesting the filing back."""

    model_config = ConfigDict(extra="forbid")

    reason: ReasonText


@cases.get("/cases", by=(Role.REVIEWER,))
async def list_cases(rows: Rows, caller: Caller, query: CasesQuery) -> Page[CaseLine]:
    """A reviewer reads their unit's work list, the oldest first (REV-6)."""
    found = await reading.page(rows, _query_of(caller, query, utc_now()))
    return _CASES.page(query, found, case_line)


@cases.get("/cases/counts", by=(Role.REVIEWER,))
async def count_cases(rows: Rows, caller: Caller) -> Counts:
    """A reviewer reads how many cases their unit received, has to do, reported, returned and finished (REV-6)."""
    return counts_view(await reading.counts(rows, _unit(caller)))


@cases.get("/cases/{case_id}", by=SIGNED_IN)
async def read_case(rows: Rows, caller: Caller, case_id: UUID) -> CaseView:
    """A reviewer of the region, or whoever maintains or filed its subject, reads a case (REV-7)."""
    return await _seen(rows, caller, await reading.find(rows, case_id, Visibility.of(caller)))


@subjects.get("/subjects/{subject_id}/case", by=SIGNED_IN)
async def read_case_of_subject(rows: Rows, caller: Caller, subject_id: UUID) -> CaseView:
    """A reviewer of the region, or whoever maintains or filed a subject, reads the subject's case (REV-7)."""
    return await _seen(rows, caller, await reading.find_by_subject(rows, subject_id, Visibility.of(caller)))


@cases.post("/cases/{case_id}/decisions", by=(Role.REVIEWER,), status=200)
async def decide(tx: Transaction, caller: Caller, case_id: UUID, body: DecisionMade) -> CaseView:
    """The unit that holds a case reports it upward or approves it, returns it, or sends it down (REV-3)."""
    reasons = tuple(Reason(one.field, one.reason) for one in body.reasons)
    judgement = Judgement(body.decision, caller.account_id, caller.name, body.note.strip(), reasons)
    await use_cases.decide(tx, caller, case_id, body.version, judgement)
    return await _seen(tx, caller, case_id)


@cases.post("/cases/decisions", by=(Role.REVIEWER,), status=200)
async def decide_many(tx: Transaction, caller: Caller, body: DecisionOnMany) -> DecisionsMade:
    """A reviewer gives many cases one verdict; each result is done or a reason (REV-8)."""
    seen = {one.case_id: one.version for one in body.cases}
    refused = await use_cases.decide_many(tx, caller, seen, body.judgement(caller))
    return DecisionsMade(results=[DecisionResult.of(case_id, why) for case_id, why in refused.items()])


@cases.post("/cases/approvals", by=(Role.REVIEWER,), status=202)
async def approve_all(tx: Transaction, caller: Caller, body: ApprovalOfAll) -> StartedJob:
    """A reviewer starts a job that approves all current cases of their unit, kind or institution (REV-8)."""
    wanted = ToDo(before=tx.now, kind=body.kind, parent_id=body.parent_id)
    return StartedJob(job_id=await jobs.start_approvals(tx, caller, wanted, body.note))


@cases.post("/cases/{case_id}/return-requests", by=(Role.MAINTAINER,))
async def request_return(tx: Transaction, caller: Caller, case_id: UUID, body: ReturnRequest) -> CaseView:
    """A maintainer asks the unit that holds the case to return it (INS-7)."""
    await use_cases.request_return(tx, caller, case_id, body.reason)
    return await _seen(tx, caller, case_id)


async def _seen(rows: Rows, caller: Caller, case_id: UUID | None) -> CaseView:
    if case_id is None:
        raise NotFound
    case = (await case_store.load(rows, [case_id]))[0]
    approved = case.approved_submission
    before = None if approved is None or approved == case.submission else approved
    filings = await reading.filings(rows, case_id, [case.submission, *([] if before is None else [before])])
    parents = await case_store.of_subjects(rows, [case.parent_id] if case.parent_id else [])
    seen = SeenCase(
        case=case,
        filing=filings[case.submission],
        in_force=None if before is None else filings[before],
        steps=await reading.steps(rows, case_id, case.version),
        units=await units.at_seats(rows, case.path),
        parent_passed=case.parent_id is None or passed_at(parents.get(case.parent_id), case.unit),
    )
    return case_view(seen, caller)


def _unit(caller: Caller) -> UUID:
    if caller.unit_id is None:
        raise NotFound
    return caller.unit_id


def _query_of(caller: Caller, query: CasesQuery, now: datetime) -> Query:
    days = query.older_than_days
    return Query(
        unit_id=_unit(caller),
        state=None if query.state == "finished" else query.state,
        kind=query.kind,
        before=None if days is None else now - timedelta(days=days),
        text=query.query,
        after=_CASES.start(query) or None,
        limit=query.fetched,
    )
