"""The HTTP endpoint that deletes what was never approved."""

from uuid import UUID

from services.registry.deletions import use_cases
from services.registry.records.subject import Subject
from services.registry.records.views import VersionSeen
from shared.postgres.transaction import Transaction
from shared.security.caller import Caller, Role
from shared.web.routes import Routes


def add_deletion(routes: Routes, subject: Subject) -> Routes:
    """Adds the endpoint of the deletion to those of a kind of record."""

    @routes.delete(f"/{subject.collection}/{{record_id}}", by=(Role.MAINTAINER,))
    async def delete(tx: Transaction, caller: Caller, record_id: UUID, query: VersionSeen) -> None:
        """Who maintains, or added, a record that was never approved deletes it (INS-5)."""
        await use_cases.delete_record(tx, subject, caller, record_id, query.version)

    return routes
