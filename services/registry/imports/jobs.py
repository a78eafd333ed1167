"""The job that checks the rows of an import slice by slice and then writes them, and the one that forgets them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.registry.imports import store, use_cases
from services.registry.imports.import_kind import ImportKind
from shared.jobs.handlers import Jobs
from shared.jobs.rules import Job, Slice
from shared.postgres.transaction import Transaction
from shared.security.caller import Caller
from shared.security.identifiers import Cipher

FORGETTING = "registry.import-rows"
# The rows of a workbook bear ID numbers: they stay for as long as somebody mends the workbook.
ROWS_STAY = timedelta(days=30)


def add_to(jobs: Jobs, kinds: Mapping[str, ImportKind], cipher: Cipher) -> None:
    """Adds the jobs of imports of these kinds."""

    @jobs.handler(use_cases.IMPORTS)
    async def check_slice(tx: Transaction, job: Job) -> Slice:
        """Checks the next rows; after the last one, writes them all or says what is wrong."""
        one = await store.lock(tx, UUID(job.arguments["import_id"]))
        after = job.cursor if isinstance(job.cursor, int) else 0
        last, done = await use_cases.check_next(tx, kinds[one.kind], cipher, one, after)
        if done:
            return Slice(last, done)
        caller = Caller.model_validate(job.arguments["caller"])
        ended = await use_cases.conclude(tx, kinds[one.kind], cipher, caller, one)
        result: dict[str, Any] = {"import_id": str(one.import_id), "state": ended.state.value}
        counts = {"applied": ended.applied, "wrong": ended.wrong}
        return Slice(last, 0, finished=True, result={**result, **counts})

    @jobs.handler(FORGETTING, every=timedelta(days=1))
    async def forget(tx: Transaction, job: Job) -> Slice:
        """Removes what workbooks held once nobody mends them any more."""
        await store.forget_rows(tx, tx.now - ROWS_STAY)
        return Slice(job.cursor, 1, finished=True)
