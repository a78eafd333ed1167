"""The HTTP endpoints of imports: template, upload, progress, errors, the workbook with its wrong cells marked."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.registry.dictionaries.use_cases import present
from services.registry.imports import store, template, use_cases
from services.registry.imports.import_kind import ImportKind
from services.registry.imports.kinds import IMPORT_KINDS
from services.registry.imports.problems import NoSuchImport, ProviderNotExpected, ProviderNotNamed
from services.registry.imports.rules import Existing, Import, ImportState, Mode, column_letter
from services.registry.imports.store import problems_of
from services.registry.imports.uploads import LARGEST, WorkbookReader
from services.registry.imports.use_cases import Attached, Choices, Paper, Workbook, decrypted
from services.registry.records.attachments import receipts_of
from services.registry.records.views import ReceiptText
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound, ProblemText, texts_of
from shared.security.caller import Caller, Role
from shared.security.identifiers import Cipher
from shared.security.tokens import Verifier
from shared.web.pages import Page, PageQuery, Paging
from shared.web.routes import SIGNED_IN, Download, Incoming, Routes

imports = Routes("imports")
templates = Routes("import-templates")
attachments = Routes("import-attachments")
_ERRORS = Paging("import-errors", number=int)
_MEDIA_TYPES = (
    template.XLSX,
    "application/vnd.ms-excel",
    "application/vnd.oasis.opendocument.spreadsheet",
    "text/csv",
    "application/octet-stream",
)
# A workbook of more rows comes back with its wrong rows alone.
_MOST_MARKED = 5_000


class ImportQuery(BaseModel):
    """What a workbook is imported as, and how; staff name their provider, `name` is the file's."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[str, Field(max_length=40)]
    provider_id: UUID | None = None
    mode: Mode = Mode.ALL
    existing: Existing = Existing.REFUSE
    name: Annotated[str, Field(max_length=200)] = ""


class ImportView(BaseModel):
    """An import: its progress is that of its job, `GET /registry-jobs/{job_id}`."""

    import_id: UUID
    kind: str
    provider_id: UUID | None
    file_name: str
    mode: Mode
    existing: Existing
    state: ImportState
    rows: int
    wrong: int
    applied: int
    ignored: list[str] = Field(description="Headings that no field has; their columns are not looked at.")
    job_id: UUID | None

    @classmethod
    def of(cls, one: Import) -> Self:
        """Builds the view of an import."""
        return cls(**{name: getattr(one, name) for name in cls.model_fields})


class WrongCellView(BaseModel):
    """What is wrong in a row of the sheet: at which cell, with its value, why, and what it probably was to be."""

    row: int
    column: str | None = Field(
        description="The letters of the column; null where the sheet has none for the field."
    )
    field: str
    label: str
    value: str | None
    code: str
    zh: str
    en: str
    fix: str
    record_id: UUID | None = Field(description="The record on file that the row is about (IMP-3).")


class WrongRowView(BaseModel):
    """A row in which something is wrong, and everything that is."""

    number: int
    problems: list[WrongCellView]


class PaperGiven(BaseModel):
    """A file by its name, such as an entry of `GET /document-archives/{archive_id}/entries`, and its receipt."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=400)]
    receipt: ReceiptText


class PapersGiven(BaseModel):
    """Papers for one field of the staff of a provider."""

    model_config = ConfigDict(extra="forbid")

    provider_id: UUID
    field: Annotated[str, Field(max_length=100)]
    papers: Annotated[list[PaperGiven], Field(min_length=1, max_length=200)]


class PaperView(BaseModel):
    """What became of a paper: whose record it is attached to, or why it is not."""

    name: str
    record_id: UUID | None
    record_name: str | None
    problem: ProblemText | None

    @classmethod
    def of(cls, one: Attached) -> Self:
        """Builds the view."""
        problem = None if one.problem is None else ProblemText(**texts_of(one.problem))
        record_id, name = (None, None) if one.known is None else (one.known.record_id, one.known.name)
        return cls(name=one.paper.name, record_id=record_id, record_name=name, problem=problem)


class PapersAttached(BaseModel):
    """What became of each paper, in their order."""

    results: list[PaperView]


@dataclass(frozen=True, slots=True)
class ReadWorkbook:
    """The workbook as it was read, and its fingerprint, which a repeated request has too."""

    workbook: Workbook
    fingerprint: bytes


def _kind(name: str) -> ImportKind:
    if name not in IMPORT_KINDS:
        raise NoSuchImport
    return IMPORT_KINDS[name]


async def _read(incoming: Incoming, reader: WorkbookReader, query: ImportQuery) -> ReadWorkbook:
    found = _kind(query.kind)
    ProviderNotNamed.unless(found.provider is None or query.provider_id is not None)
    ProviderNotExpected.unless(found.provider is not None or query.provider_id is None)
    workbook = await reader.read(incoming, found)
    return ReadWorkbook(workbook, workbook.digest)


@templates.get("/import-templates/{kind}", by=SIGNED_IN, produces=template.XLSX)
async def read_template(rows: Rows, kind: str) -> Download:
    """Anyone signed in downloads the workbook to fill in for a kind of record (IMP-1)."""
    subject = _kind(kind).subject
    dictionaries = await present(rows, subject.dictionaries)
    content = await asyncio.to_thread(template.template, subject.form, dictionaries)
    return Download(content, template.XLSX, f"{subject.form.zh}导入模板.xlsx")


@imports.post(
    "/imports",
    by=(Role.MAINTAINER,),
    prepare=_read,
    media_types=_MEDIA_TYPES,
    body_limit=LARGEST,
    status=202,
)
async def import_workbook(
    tx: Transaction, caller: Caller, cipher: Cipher, query: ImportQuery, prepared: ReadWorkbook
) -> ImportView:
    """A maintainer imports a workbook: all rows or none, or the good ones (IMP-4)."""
    choices = Choices(query.provider_id, query.mode, query.existing)
    return ImportView.of(await use_cases.add(tx, _kind(query.kind), cipher, caller, prepared.workbook, choices))


@attachments.post("/import-attachments/{kind}", by=(Role.MAINTAINER,), status=200)
async def attach_papers(
    tx: Transaction, caller: Caller, verifier: Verifier, cipher: Cipher, kind: str, body: PapersGiven
) -> PapersAttached:
    """A maintainer attaches papers to the staff whose ID or certificate numbers their names have (IMP-7)."""
    found = _kind(kind)
    if found.provider is None:
        raise NoSuchImport
    fields = found.subject.form.attachment_of
    papers = [
        Paper(one.name, *receipts_of(verifier, fields, {body.field: one.receipt}, caller)) for one in body.papers
    ]
    attached = await use_cases.attach(tx, found, cipher, caller, body.provider_id, papers)
    return PapersAttached(results=[PaperView.of(one) for one in attached])


@imports.get("/imports/{import_id}", by=(Role.MAINTAINER,))
async def read_import(rows: Rows, caller: Caller, import_id: UUID) -> ImportView:
    """A maintainer reads where an import is."""
    return ImportView.of(await _own(rows, caller, import_id))


@imports.get("/imports/{import_id}/errors", by=(Role.MAINTAINER,))
async def list_errors(
    rows: Rows, caller: Caller, cipher: Cipher, import_id: UUID, query: PageQuery
) -> Page[WrongRowView]:
    """A maintainer reads every wrong cell: where it is, why, and the likely fix (IMP-2)."""
    one = await _own(rows, caller, import_id)
    (after,) = _ERRORS.start(query, 0)
    found = await store.wrong_rows(rows, import_id, after, query.fetched)
    return _ERRORS.page(query, found, lambda row: _wrong_row(cipher, one, row))


@imports.get("/imports/{import_id}/workbook", by=(Role.MAINTAINER,), produces=template.XLSX)
async def read_marked(rows: Rows, caller: Caller, cipher: Cipher, import_id: UUID) -> Download:
    """A maintainer downloads the workbook with its wrong cells coloured and commented (IMP-4)."""
    one = await _own(rows, caller, import_id)
    if one.rows <= _MOST_MARKED:
        found = await store.all_rows(rows, import_id, _MOST_MARKED)
    else:
        found = await store.wrong_rows(rows, import_id, 0, _MOST_MARKED)
    form = _kind(one.kind).subject.form
    marked = [(decrypted(cipher, row["cells"]), problems_of(row["problems"])) for row in found]
    content = await asyncio.to_thread(template.marked, form, one.columns, marked)
    return Download(content, template.XLSX, f"{form.zh}导入结果.xlsx")


async def _own(rows: Rows, caller: Caller, import_id: UUID) -> Import:
    one = await store.read(rows, import_id, caller.account_id)
    if one is None:
        raise NotFound
    return one


def _wrong_row(cipher: Cipher, one: Import, row: Any) -> WrongRowView:
    cells, form = decrypted(cipher, row["cells"]), _kind(one.kind).subject.form
    problems = []
    for problem in problems_of(row["problems"]):
        place = one.columns.get(problem.field)
        value = cells[place] if place is not None and place < len(cells) else None
        problems.append(
            WrongCellView(
                row=row["number"],
                column=None if place is None else column_letter(place),
                label=form.field_of[problem.field].zh,
                value=_shown(value),
                **problem._asdict(),
            )
        )
    return WrongRowView(number=row["number"], problems=problems)


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, dict):
        return str(value["date"])
    return f"{value:.15g}" if isinstance(value, float) else str(value)
