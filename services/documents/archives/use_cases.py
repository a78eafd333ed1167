"""What is done with archives, one transaction each: take one in, give a file its outcome, forget old ones."""

from dataclasses import replace

from services.documents import rules as document_rules
from services.documents import use_cases as documents
from services.documents.archives import store
from services.documents.archives.rules import Archive, ArchiveEntry, StoredArchive, name_of, numbered, refusal_text
from services.documents.rules import StoredFile
from shared.ids import new_id
from shared.jobs.handlers import start_job
from shared.postgres.transaction import Transaction
from shared.problems import RuleBroken
from shared.security.caller import Caller

UNPACKING = "documents.archive-unpacking"


async def take_archive(tx: Transaction, caller: Caller, name: str, stored: StoredArchive) -> Archive:
    """An archive is taken in and a job begins to unpack it; the same bytes again are the same archive (IMP-7)."""
    known = await store.lock_same(tx, caller.account_id, stored.sha256)
    if known is not None:
        return known
    archive_id, files = new_id(), len(stored.entries)
    job_id = await start_job(
        tx, UNPACKING, {"archive_id": str(archive_id)}, total=files, owner_id=caller.account_id
    )
    archive = Archive(
        archive_id,
        caller.account_id,
        document_rules.clean_name(name),
        stored.sha256,
        stored.size,
        files,
        job_id,
        tx.now,
    )
    await store.insert_archive(tx, archive, numbered(archive_id, stored.entries))
    tx.audit(archive_id, "archive.received", after={"name": archive.name, "files": files})
    return archive


async def keep_outcome(
    tx: Transaction, archive: Archive, entry: ArchiveEntry, outcome: StoredFile | RuleBroken
) -> None:
    """A file of the archive becomes a document of the archive's owner, or its refusal is kept."""
    if isinstance(outcome, RuleBroken):
        await store.save_outcome(tx, replace(entry, problem=refusal_text(outcome)))
        return
    document = await documents.keep(tx, archive.owner, name_of(entry.entry), outcome)
    await store.save_outcome(tx, replace(entry, document_id=document.document_id))
