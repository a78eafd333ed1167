"""The HTTP endpoints that every kind of record has."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from services.registry.records import jobs, store, submissions, use_cases
from services.registry.records.attachments import receipts_of
from services.registry.records.store import Found, OpenRecords
from services.registry.records.subject import Subject
from services.registry.records.use_cases import Given
from services.registry.records.views import (
    ForSubmission,
    FoundView,
    MineView,
    NewRecord,
    RecordChange,
    RecordView,
    RefusedCodeView,
    SearchQuery,
    StartedJob,
    VersionSeen,
    models_of,
    view_of,
)
from shared.jobs.routes import job_routes
from shared.postgres.transaction import Rows, Transaction
from shared.security.caller import Caller, Role
from shared.security.identifiers import Cipher
from shared.security.tokens import Verifier
from shared.web.pages import Page, PageQuery, Paging
from shared.web.routes import SIGNED_IN, Routes

job_progress = job_routes("registry")

H = TypeVar("H", bound=Callable[..., Awaitable[Any]])


def routes_for(subject: Subject) -> Routes:
    """The endpoints of a kind: search, add, list one's own and refused codes, submit many, read, change, …"""
    routes = Routes(subject.collection)
    path = f"/{subject.collection}"
    add_lists(routes, path, subject)
    _add_refused_codes(routes, path, subject)
    _add_new(routes, path, subject)
    add_submissions(routes, path, subject)
    add_record(routes, path, subject)
    return routes


def add_lists(routes: Routes, path: str, subject: Subject) -> None:
    """Adds the endpoints that find records of a kind."""
    found_pages = Paging(subject.collection, record_id=UUID)
    mine_pages = Paging(f"{subject.collection}.mine", record_id=UUID)

    @routes.get(path, by=SIGNED_IN)
    async def search(rows: Rows, caller: Caller, query: SearchQuery) -> Page[FoundView]:
        """Records are found by part of a name or a number (AUT-1)."""
        (after,) = found_pages.start(query, None)
        found = await store.search(rows, subject, caller, query.query, after, query.fetched)
        return found_pages.page(query, found, FoundView.of)

    @routes.get(f"{path}/mine", by=(Role.MAINTAINER,))
    async def list_mine(rows: Rows, caller: Caller, query: PageQuery) -> Page[MineView]:
        """A maintainer lists the records that they maintain, or added and nobody maintains."""
        (after,) = mine_pages.start(query, None)
        found = await store.mine(rows, subject, caller.account_id, after, query.fetched)
        return mine_pages.page(query, found, lambda row: MineView(**row))


def _add_refused_codes(routes: Routes, path: str, subject: Subject) -> None:
    refused_pages = Paging(f"{subject.collection}.refused-codes", record_id=UUID)

    @routes.get(f"{path}/refused-codes", by=(Role.REVIEWER,))
    async def list_refused_codes(rows: Rows, caller: Caller, query: PageQuery) -> Page[RefusedCodeView]:
        """A unit lists the records of its region that get no code, with the reason (COD-1)."""
        (after,) = refused_pages.start(query, None)
        found = await store.refused_codes(rows, subject, caller, after, query.fetched)
        return refused_pages.page(query, found, RefusedCodeView.of)


def _add_new(routes: Routes, path: str, subject: Subject) -> None:
    models, attachments = models_of(subject), subject.form.attachment_of

    @routes.post(path, by=(Role.MAINTAINER,))
    @typed(body=models.new, reply=models.view)
    async def add(
        tx: Transaction, caller: Caller, verifier: Verifier, cipher: Cipher, body: NewRecord
    ) -> RecordView:
        """A maintainer adds what the search did not find (AUT-2)."""
        given = Given(body.values, *receipts_of(verifier, attachments, body.attachments, caller))
        found = await use_cases.add(tx, subject, cipher, caller, given)
        return view_of(subject, models.view, found)


def add_submissions(routes: Routes, path: str, subject: Subject) -> None:
    """Adds the endpoint that submits many records of a kind in one action."""

    @routes.post(f"{path}/submissions", by=(Role.MAINTAINER,), status=202)
    async def submit_many(tx: Transaction, caller: Caller, body: ForSubmission) -> StartedJob:
        """A maintainer submits all records that are open, or some, in one action; a job does it (STA-8)."""
        wanted = OpenRecords(body.provider_id, body.record_ids)
        return StartedJob(job_id=await jobs.start_submissions(tx, subject, caller, wanted))


def add_record(routes: Routes, path: str, subject: Subject) -> None:
    """Adds the endpoints of one record: read, change, submit, withdraw."""
    models, one = models_of(subject), f"{path}/{{record_id}}"
    attachments = subject.form.attachment_of

    def view(found: Found) -> RecordView:
        return view_of(subject, models.view, found)

    @routes.get(one, by=SIGNED_IN)
    @typed(reply=models.view)
    async def read(rows: Rows, caller: Caller, cipher: Cipher, record_id: UUID) -> RecordView:
        """Maintainers read what their scopes open, the units of its region the whole record (ACC-3, REV-4)."""
        return view(await use_cases.read(rows, subject, cipher, caller, record_id))

    @routes.put(one, by=(Role.MAINTAINER,))
    @typed(body=models.change, reply=models.view)
    async def change(
        tx: Transaction, caller: Caller, verifier: Verifier, cipher: Cipher, record_id: UUID, body: RecordChange
    ) -> RecordView:
        """Who holds the scope changes the working copy, which may be incomplete (INS-14)."""
        given = Given(body.values, *receipts_of(verifier, attachments, body.attachments, caller))
        return view(await use_cases.change(tx, subject, cipher, caller, record_id, body.version, given))

    @routes.post(f"{one}/submission", by=(Role.MAINTAINER,), status=200)
    @typed(reply=models.view)
    async def submit(
        tx: Transaction, caller: Caller, cipher: Cipher, record_id: UUID, body: VersionSeen
    ) -> RecordView:
        """Who holds the scope submits the record for review; it locks (INS-7)."""
        return view(await submissions.submit(tx, subject, cipher, caller, record_id, body.version))

    @routes.delete(f"{one}/submission", by=(Role.MAINTAINER,), status=200)
    @typed(reply=models.view)
    async def withdraw(tx: Transaction, caller: Caller, cipher: Cipher, record_id: UUID) -> RecordView:
        """Who holds the scope withdraws the submission while no unit has decided on it (INS-7)."""
        return view(await submissions.withdraw(tx, subject, cipher, caller, record_id))


def typed(*, reply: type[RecordView], body: type[Any] | None = None) -> Callable[[H], H]:
    """Gives a handler the models of its kind, which the kit reads from its annotations."""

    def typed(handler: H) -> H:
        handler.__annotations__["return"] = reply
        if body is not None:
            handler.__annotations__["body"] = body
        return handler

    return typed
