"""What happens to an import: it is added, its rows are checked slice by slice, and written (IMP-2 to IMP-4)."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from services.registry.dictionaries.use_cases import present
from services.registry.imports import store
from services.registry.imports.import_kind import ImportKind
from services.registry.imports.papers import numbers_in
from services.registry.imports.problems import ImportConflict, PaperMatchesNobody, PaperMatchesSeveral, PaperTwice
from services.registry.imports.rules import (
    Existing,
    Import,
    ImportState,
    Mode,
    Problem,
    Row,
    Sheet,
    checked,
)
from services.registry.imports.store import Known, NewRecord
from services.registry.records import use_cases as record_use_cases
from services.registry.records.problems import ScopeRequired
from services.registry.records.rules import Copy, Record, Values
from services.registry.records.sealing import opened, sealed
from services.registry.records.store.search_index import searched
from services.registry.records.use_cases import Given
from services.registry.regions import store as regions
from services.registry.staff import store as staff
from services.registry.staff.rules import person_text
from shared.clock import china_today
from shared.forms.kinds import InsuranceRegion, Reference
from shared.ids import new_id
from shared.jobs.handlers import start_job
from shared.postgres.transaction import Transaction
from shared.problems import FieldProblem, NotFound, RuleBroken
from shared.security.caller import Caller
from shared.security.identifiers import Cipher
from shared.security.receipts import Receipt

IMPORTS = "registry.imports"
_STAGED_AT_ONCE, _CHECKED_AT_ONCE, WRITTEN_AT_ONCE = 5_000, 400, 500


@dataclass(frozen=True, slots=True)
class Workbook:
    """A workbook that was read: its name, the hash of its bytes, and its sheet."""

    file_name: str
    digest: bytes
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class Choices:
    """What the maintainer chose: the provider of staff, and what happens to wrong rows and existing records."""

    provider_id: UUID | None
    mode: Mode
    existing: Existing


async def add(
    tx: Transaction, kind: ImportKind, cipher: Cipher, caller: Caller, workbook: Workbook, choices: Choices
) -> Import:
    """A job checks the rows of a maintainer's workbook and writes them; the same file again changes nothing."""
    await _check_scope(tx, kind, caller, choices.provider_id)
    one = Import(
        import_id=new_id(),
        kind=kind.subject.kind,
        account_id=caller.account_id,
        provider_id=choices.provider_id,
        digest=workbook.digest,
        file_name=workbook.file_name,
        mode=choices.mode,
        existing=choices.existing,
        state=ImportState.CHECKING,
        columns=workbook.sheet.columns,
        header_row=workbook.sheet.header_row,
        ignored=workbook.sheet.ignored,
        rows=len(workbook.sheet.rows),
        wrong=0,
        applied=0,
        added_at=tx.now,
    )
    import_id = await store.add(tx, one)
    if import_id != one.import_id:
        return await store.lock(tx, import_id)
    for start in range(0, one.rows, _STAGED_AT_ONCE):
        rows = workbook.sheet.rows[start : start + _STAGED_AT_ONCE]
        await store.stage(tx, import_id, await asyncio.to_thread(_encrypted, cipher, rows))
    arguments = {"import_id": str(import_id), "caller": caller.model_dump(mode="json")}
    job_id = await start_job(tx, IMPORTS, arguments, total=one.rows, owner_id=caller.account_id)
    started = replace(one, job_id=job_id)
    await store.save(tx, started)
    tx.audit(import_id, "import.added", after={"kind": one.kind, "rows": one.rows, "file": one.digest.hex()})
    return started


async def _check_scope(tx: Transaction, kind: ImportKind, caller: Caller, provider_id: UUID | None) -> None:
    if kind.provider is None or provider_id is None:
        return
    place = await staff.share_provider(tx, kind.provider.kind, provider_id, caller, kind.subject.scope)
    if place is None:
        raise NotFound
    ScopeRequired.unless(place.holds_scope)


def _encrypted(cipher: Cipher, rows: Sequence[tuple[int, list[Any]]]) -> list[tuple[int, bytes]]:
    return [(number, cipher.encrypt(orjson.dumps(row).decode())) for number, row in rows]


def decrypted(cipher: Cipher, cells: bytes) -> list[Any]:
    """The cells of a staged row."""
    row: list[Any] = orjson.loads(cipher.decrypt(cells))
    return row


async def check_next(
    tx: Transaction, kind: ImportKind, cipher: Cipher, one: Import, after: int
) -> tuple[int, int]:
    """Checks the next rows of the sheet; answers the last of them and how many they were."""
    found = await store.next_rows(tx, one.import_id, after, _CHECKED_AT_ONCE)
    if not found:
        return after, 0
    cells = {row["number"]: decrypted(cipher, row["cells"]) for row in found}
    reference = await _reference(tx, kind, one, cells.values())
    check = partial(_checked, kind, cipher, one, reference)
    rows = await asyncio.to_thread(lambda: [check(number, row) for number, row in cells.items()])
    rows = await _with_known(tx, kind, one, rows)
    await store.save_rows(tx, one.import_id, rows)
    return rows[-1].number, len(rows)


def _checked(
    kind: ImportKind, cipher: Cipher, one: Import, reference: Reference, number: int, row: list[Any]
) -> Row:
    values, problems = checked(kind.subject.form, one.columns, row, reference)
    identity = _identity(kind, cipher, values)
    return Row(number, sealed(kind.subject.form, values, cipher), tuple(problems), identity)


def _identity(kind: ImportKind, cipher: Cipher, values: Values) -> str | None:
    """By what a row is known: the person's ID number, or name and numbers; None where they are missing."""
    form = kind.subject.form
    if any(values.get(one.name) is None for one in form.fields if one.in_drafts):
        return None
    if kind.provider is None:
        return kind.subject.identities_of(_nobody(), values)[0]
    return cipher.index(person_text(values["id_type"], values["id_number"])).hex()


def _nobody() -> Record:
    nothing = UUID(int=0)
    return Record(nothing, nothing, nothing, nothing, "", "", {})


async def _with_known(tx: Transaction, kind: ImportKind, one: Import, rows: Sequence[Row]) -> list[Row]:
    """The rows with what is wrong because of others: rows above them, and records on file (IMP-3)."""
    identities = [row.identity for row in rows if row.identity is not None]
    known = await _known(tx, kind, one, identities)
    first = await store.first_of(tx, one.import_id, identities, rows[0].number)
    result = []
    for row in rows:
        problem = None
        if row.identity is not None:
            problem = _twice(kind, first.get(row.identity)) or _exists(kind, one, known.get(row.identity))
            first.setdefault(row.identity, row.number)
        result.append(row if problem is None else replace(row, problems=(*row.problems, problem)))
    return result


async def _known(tx: Transaction, kind: ImportKind, one: Import, identities: Sequence[str]) -> Mapping[str, Known]:
    if one.provider_id is not None:
        return await store.known_staff(tx, one.kind, identities, one.provider_id)
    return await store.known_records(tx, one.kind, identities, one.account_id, kind.subject.scope)


def _twice(kind: ImportKind, number: int | None) -> Problem | None:
    if number is None:
        return None
    zh, en = f"与第 {number} 行重复。", f"It is the same as row {number}."
    return Problem(_shown(kind), "twice-in-workbook", zh, en)


def _exists(kind: ImportKind, one: Import, known: Known | None) -> Problem | None:
    if known is None or (one.existing is Existing.CHANGE and known.own and not known.locked):
        return None
    facts = _shown(kind), str(known.record_id)
    if known.locked and one.existing is Existing.CHANGE:
        zh, en = f"“{known.name}”正在审核，不能修改。", f"“{known.name}” is under review and cannot be changed."
        return Problem(facts[0], "record-locked", zh, en, record_id=facts[1])
    zh, en = f"已在系统中有记录：“{known.name}”。", f"It is on record already: “{known.name}”."
    return Problem(facts[0], "already-on-record", zh, en, record_id=facts[1])


def _shown(kind: ImportKind) -> str:
    return "id_number" if kind.provider is not None else "name"


async def _reference(tx: Transaction, kind: ImportKind, one: Import, rows: Any) -> Reference:
    """What the cells are compared with: the dictionaries, and the regions that they name."""
    form = kind.subject.form
    places = [one.columns[name] for name, field in form.field_of.items()
              if name in one.columns and isinstance(field.kind, InsuranceRegion)]  # fmt: skip
    named = {str(row[place]).strip().split(" ")[0].removesuffix(".0") for row in rows for place in places
             if place < len(row) and row[place] not in (None, "")}  # fmt: skip
    found = [await regions.find(tx, code) for code in sorted(named)]
    known = {region.code: region.name for region in found if region is not None}
    dictionaries = await present(tx, kind.subject.dictionaries)
    return Reference(dictionaries, known, china_today(tx.now))


async def conclude(tx: Transaction, kind: ImportKind, cipher: Cipher, caller: Caller, one: Import) -> Import:
    """After all rows are checked: nothing is written where one is wrong, or the good rows are (IMP-4).

    It is one transaction: whoever looks sees none of the rows, or all. Raises ImportConflict where somebody has
    recorded one of them meanwhile; the next attempt finds it.
    """
    await _check_again(tx, kind, one)
    wrong = await store.count_wrong(tx, one.import_id)
    if wrong and one.mode is Mode.ALL:
        done = replace(one, state=ImportState.REFUSED, wrong=wrong)
    else:
        await _check_scope(tx, kind, caller, one.provider_id)
        applied = await _write(tx, kind, cipher, caller, one)
        wrong = await store.count_wrong(tx, one.import_id)
        done = replace(one, state=ImportState.APPLIED, wrong=wrong, applied=applied)
    await store.save(tx, done)
    tx.audit(one.import_id, f"import.{done.state.value}", after={"applied": done.applied, "wrong": done.wrong})
    return done


async def _check_again(tx: Transaction, kind: ImportKind, one: Import) -> None:
    """Marks the good rows that others have recorded since they were checked."""
    after = 0
    while found := await store.good_rows(tx, one.import_id, after, WRITTEN_AT_ONCE):
        after = found[-1]["number"]
        known = await _known(tx, kind, one, [row["identity"] for row in found])
        problems = [(row["number"], _exists(kind, one, known.get(row["identity"]))) for row in found]
        await store.save_problems(tx, one.import_id, [pair for pair in problems if pair[1] is not None])


async def _write(tx: Transaction, kind: ImportKind, cipher: Cipher, caller: Caller, one: Import) -> int:
    applied, after = 0, 0
    region = await _region(tx, kind, caller, one)
    while found := await store.good_rows(tx, one.import_id, after, WRITTEN_AT_ONCE):
        after = found[-1]["number"]
        known = await _known(tx, kind, one, [row["identity"] for row in found])
        ImportConflict.unless(not known or one.existing is Existing.CHANGE)
        new = [row for row in found if row["identity"] not in known]
        written = await _add(tx, kind, cipher, caller, one, region, new)
        for row in found:
            if (existing := known.get(row["identity"])) is not None:
                written.append((row["number"], await _change(tx, kind, cipher, caller, existing, row["values"])))
        await store.save_written(tx, one.import_id, written)
        applied += len(written)
    return applied


async def _region(tx: Transaction, kind: ImportKind, caller: Caller, one: Import) -> str:
    if kind.provider is None or one.provider_id is None:
        return ""
    place = await staff.share_provider(tx, kind.provider.kind, one.provider_id, caller, kind.subject.scope)
    return "" if place is None else place.region


async def _add(
    tx: Transaction,
    kind: ImportKind,
    cipher: Cipher,
    caller: Caller,
    one: Import,
    region: str,
    rows: Sequence[Any],
) -> list[tuple[int, UUID]]:
    """Writes the rows as new records, all in one statement."""
    if not rows:
        return []
    holders = {}
    if kind.provider is not None:
        holders = await store.practitioners(tx, one.kind, [row["identity"] for row in rows])
    new = [_new(kind, cipher, caller, one, region, row, holders.get(row["identity"])) for row in rows]
    written = await store.add_many(tx, one.kind, new)
    ImportConflict.unless(len(written) == len(new))
    return [(row["number"], each.record.record_id) for row, each in zip(rows, new, strict=True)]


def _new(
    kind: ImportKind,
    cipher: Cipher,
    caller: Caller,
    one: Import,
    region: str,
    row: Any,
    holder_id: UUID | None,
) -> NewRecord:
    subject, record_id = kind.subject, new_id()
    stored = Copy(row["values"], {})
    values = opened(subject.form, stored, cipher).values
    record = Record(
        record_id=record_id,
        provider_id=one.provider_id or record_id,
        code_holder_id=holder_id or record_id,
        added_by=caller.account_id,
        name=values[subject.name],
        region=subject.region_of(values, region),
        numbers=subject.numbers_of(values),
    )
    [identity] = subject.identities_of(record, values)
    found_by = searched(subject.names_of(values), record.numbers, record.region)
    return NewRecord(record, identity, stored, *found_by)


async def _change(
    tx: Transaction, kind: ImportKind, cipher: Cipher, caller: Caller, known: Known, stored: Values
) -> UUID:
    """A record that exists gets the values of its row."""
    given = Given(opened(kind.subject.form, Copy(stored, {}), cipher).values)
    await record_use_cases.change(tx, kind.subject, cipher, caller, known.record_id, known.version, given)
    return known.record_id


class Paper(NamedTuple):
    """A file that was uploaded for somebody whom its name tells, with its receipt or what is wrong with it."""

    name: str
    receipts: Mapping[str, Receipt | None]
    problems: Sequence[FieldProblem]


class Attached(NamedTuple):
    """What became of a paper: the record that it is attached to, or why it is not."""

    paper: Paper
    known: Known | None
    problem: RuleBroken | None


async def attach(
    tx: Transaction, kind: ImportKind, cipher: Cipher, caller: Caller, provider_id: UUID, papers: Sequence[Paper]
) -> list[Attached]:
    """Papers are attached to the staff whose numbers their names have; answers what became of each (IMP-7)."""
    await _check_scope(tx, kind, caller, provider_id)
    matching = await _matching(tx, kind, cipher, provider_id, papers)
    done: list[Attached] = []
    for paper in papers:
        known = matching[paper.name]
        try:
            [one] = known if len(known) == 1 else [_refuse(paper, known)]
            PaperTwice.unless(one not in (each.known for each in done), name=paper.name)
            given = Given({}, paper.receipts, paper.problems)
            await record_use_cases.change(tx, kind.subject, cipher, caller, one.record_id, one.version, given)
            done.append(Attached(paper, one, None))
        except RuleBroken as problem:
            done.append(Attached(paper, None, problem))
    return done


def _refuse(paper: Paper, known: Collection[Known]) -> Known:
    raise PaperMatchesSeveral(name=paper.name) if known else PaperMatchesNobody(name=paper.name)


async def _matching(
    tx: Transaction, kind: ImportKind, cipher: Cipher, provider_id: UUID, papers: Sequence[Paper]
) -> dict[str, set[Known]]:
    """The records that each paper fits, by its name."""
    types = [entry.code for entry in kind.subject.dictionaries["id_document_type"].entries]
    numbers = {paper.name: numbers_in(paper.name) for paper in papers}
    every = sorted({one for several in numbers.values() for one in several})
    hashes = {cipher.index(person_text(id_type, number)).hex(): number for number in every for id_type in types}
    by_id = await store.known_staff(tx, kind.subject.kind, list(hashes), provider_id)
    by_number: dict[str, set[Known]] = {}
    for identity, known in by_id.items():
        by_number.setdefault(hashes[identity], set()).add(known)
    for number, known in await store.staff_by_certificate(tx, kind.subject.kind, every, provider_id):
        by_number.setdefault(number, set()).add(known)
    return {
        name: {one for number in several for one in by_number.get(number, ())} for name, several in numbers.items()
    }
