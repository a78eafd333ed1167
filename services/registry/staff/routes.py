"""The HTTP endpoints that every kind of staff has, and that of a person with all their practices."""

from typing import Any
from uuid import UUID

from pydantic import create_model

from services.registry.deletions.routes import add_deletion
from services.registry.records.attachments import receipts_of
from services.registry.records.routes import add_record, add_submissions, typed
from services.registry.records.use_cases import Given
from services.registry.records.views import RecordView, models_of, view_of
from services.registry.staff import store, use_cases
from services.registry.staff.rules import citizens_identity
from services.registry.staff.staff_kind import StaffKind
from services.registry.staff.store import StaffQuery
from services.registry.staff.views import NewStaff, PersonView, PracticeView, StaffFilter, StaffView
from shared.clock import china_today, utc_now
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound
from shared.security.caller import Caller, Role
from shared.security.identifiers import Cipher
from shared.security.tokens import Verifier
from shared.web.pages import Page, Paging
from shared.web.routes import SIGNED_IN, Routes

practitioners = Routes("practitioners")


def routes_for(kind: StaffKind) -> Routes:
    """The endpoints of a kind of staff: list, add, submit many, read, change, submit, withdraw."""
    routes = Routes(kind.subject.collection)
    path = f"/{kind.subject.collection}"
    _add_list(routes, path, kind)
    _add_new(routes, path, kind)
    add_submissions(routes, path, kind.subject)
    add_record(routes, path, kind.subject)
    return add_deletion(routes, kind.subject)


def _add_list(routes: Routes, path: str, kind: StaffKind) -> None:
    pages = Paging(kind.subject.collection, record_id=UUID)

    @routes.get(path, by=SIGNED_IN)
    async def list_staff(rows: Rows, caller: Caller, cipher: Cipher, query: StaffFilter) -> Page[StaffView]:
        """A maintainer lists the staff of their providers, a unit those of its region (STA-1, PHA-3)."""
        (after,) = pages.start(query, None)
        identity = citizens_identity(query.query, china_today(utc_now()))
        wanted = StaffQuery(
            provider_id=query.provider_id,
            state=query.state,
            text=query.query,
            identity=None if identity is None else cipher.index(identity),
            after=after,
            limit=query.fetched,
        )
        found = await store.page(rows, kind.subject, kind.provider.kind, caller, wanted)
        return pages.page(query, found, lambda row: StaffView(**row))


def _add_new(routes: Routes, path: str, kind: StaffKind) -> None:
    subject = kind.subject
    models, attachments = models_of(subject), subject.form.attachment_of
    values: Any = models.new.model_fields["values"].annotation
    body_of_kind: Any = create_model(models.new.__name__, __base__=NewStaff, values=(values, ...))

    @routes.post(path, by=(Role.MAINTAINER,))
    @typed(body=body_of_kind, reply=models.view)
    async def add(
        tx: Transaction, caller: Caller, verifier: Verifier, cipher: Cipher, body: NewStaff
    ) -> RecordView:
        """Who holds the scope of a provider adds a person who practises there."""
        given = Given(body.values, *receipts_of(verifier, attachments, body.attachments, caller))
        found = await use_cases.add(tx, kind, cipher, caller, body.provider_id, given)
        return view_of(subject, models.view, found)


@practitioners.get("/practitioners/{practitioner_id}", by=SIGNED_IN)
async def read_person(rows: Rows, caller: Caller, practitioner_id: UUID) -> PersonView:
    """Who maintains one practice of a person, or a unit with one in its region, sees them all (STA-2)."""
    found = await store.practices(rows, practitioner_id, caller)
    if not found:
        raise NotFound
    practices = [PracticeView.of(row) for row in found]
    return PersonView(practitioner_id=practitioner_id, name=found[0]["name"], practices=practices)
