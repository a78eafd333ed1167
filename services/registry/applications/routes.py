"""The HTTP endpoints of every kind of application: those of every record, begun for a provider."""

from typing import Any
from uuid import UUID

from pydantic import create_model

from services.registry.applications import use_cases
from services.registry.applications.application import Application
from services.registry.deletions.routes import add_deletion
from services.registry.records.attachments import receipts_of
from services.registry.records.routes import add_lists, add_record, typed
from services.registry.records.use_cases import Given
from services.registry.records.views import NewRecord, RecordView, models_of, view_of
from shared.postgres.transaction import Transaction
from shared.security.caller import Caller, Role
from shared.security.identifiers import Cipher
from shared.security.tokens import Verifier
from shared.web.routes import Routes


class NewApplication(NewRecord):
    """An application about a provider; what is not given begins as the provider has it."""

    provider_id: UUID


def routes_for(application: Application) -> Routes:
    """The endpoints of a kind of application: search, begin, list one's own, read, change, submit, withdraw."""
    subject = application.subject
    routes = Routes(subject.collection)
    path = f"/{subject.collection}"
    add_lists(routes, path, subject)
    _add_new(routes, path, application)
    add_record(routes, path, subject)
    return add_deletion(routes, subject)


def _add_new(routes: Routes, path: str, application: Application) -> None:
    subject = application.subject
    models, attachments = models_of(subject), subject.form.attachment_of
    values: Any = models.new.model_fields["values"].annotation
    body_of_kind: Any = create_model(models.new.__name__, __base__=NewApplication, values=(values, ...))

    @routes.post(path, by=(Role.MAINTAINER,))
    @typed(body=body_of_kind, reply=models.view)
    async def begin(
        tx: Transaction, caller: Caller, verifier: Verifier, cipher: Cipher, body: NewApplication
    ) -> RecordView:
        """Who maintains a provider begins an application about it."""
        given = Given(body.values, *receipts_of(verifier, attachments, body.attachments, caller))
        found = await use_cases.add(tx, application, cipher, caller, body.provider_id, given)
        return view_of(subject, models.view, found)
