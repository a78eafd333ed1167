"""The HTTP endpoints of the archive: a preview of what goes along, and the archive itself."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.archives import use_cases
from services.registry.archives.rules import LONGEST_REASON
from services.registry.archives.use_cases import Preview
from services.registry.records import use_cases as records
from services.registry.records.routes import typed
from services.registry.records.rules import Life
from services.registry.records.subject import Subject
from services.registry.records.views import RecordView, models_of, view_of
from shared.postgres.transaction import Rows, Transaction
from shared.problems import ProblemText, texts_of
from shared.security.caller import Caller, Role
from shared.security.identifiers import Cipher
from shared.web.routes import Routes


class ArchiveToMake(BaseModel):
    """The version that the unit saw, the name of the provider as confirmation, and the reason, shown to all."""

    model_config = ConfigDict(extra="forbid")

    version: int
    name: Annotated[str, Field(max_length=1000)]
    reason: Annotated[str, Field(max_length=10 * LONGEST_REASON)]


class DependentsView(BaseModel):
    """Records of a kind that are archived with the provider; those under review are withdrawn."""

    model_config = ConfigDict(from_attributes=True)

    records: int
    under_review: int


class ArchivePreview(BaseModel):
    """What the archive of a provider closes: itself, its code, and by kind the records that belong to it.

    Its agreements end too; the agreements service lists them. `problem` is why the caller cannot archive it.
    """

    record_id: UUID
    version: int
    name: str
    region: str
    life: Life
    code: str | None
    under_review: bool
    dependents: dict[str, DependentsView]
    problem: ProblemText | None

    @classmethod
    def of(cls, found: Preview) -> "ArchivePreview":
        """Builds the view of a preview."""
        record = found.record
        return cls(
            **{name: getattr(record, name) for name in ("record_id", "version", "name", "region", "life", "code")},
            under_review=record.filing.locked,
            dependents={kind: DependentsView.model_validate(one) for kind, one in found.dependents.items()},
            problem=None if found.refusal is None else ProblemText(**texts_of(found.refusal)),
        )


def add_archive(routes: Routes, subject: Subject) -> Routes:
    """Adds the endpoints of the archive to those of a kind of provider."""
    models, path = models_of(subject), f"/{subject.collection}/{{record_id}}/archive"

    @routes.get(path, by=(Role.REVIEWER,))
    async def preview_archive(rows: Rows, caller: Caller, record_id: UUID) -> ArchivePreview:
        """A unit sees what the archive of a provider would close (INS-5)."""
        return ArchivePreview.of(await use_cases.preview(rows, subject, caller, record_id))

    @routes.post(path, by=(Role.REVIEWER,), status=200)
    @typed(reply=models.view)
    async def archive(
        tx: Transaction, caller: Caller, cipher: Cipher, record_id: UUID, body: ArchiveToMake
    ) -> RecordView:
        """A superior unit archives a provider for ever, with its staff and applications (INS-5, COD-4)."""
        await use_cases.archive(tx, subject, caller, record_id, body.version, body.name, body.reason)
        return view_of(subject, models.view, await records.read(tx, subject, cipher, caller, record_id))

    return routes
