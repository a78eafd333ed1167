"""State, events and audit entries commit together or not at all; the audit trail shows tampering."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest

from shared.clock import utc_now
from shared.ids import new_id
from shared.messaging.health import OutboxHealth
from shared.postgres.audit import Break, Damage, verify
from shared.postgres.housekeeping import run_housekeeping
from shared.postgres.transaction import Cause, UnitOfWork
from shared.settings import Settings
from tests.environment import Environment, until
from tests.integration.shared.fakes import NAME, assigned, done, working

_ALTER = "ALTER TABLE audit DISABLE TRIGGER audit_is_append_only"


async def counts(environment: Environment) -> tuple[int, int, int]:
    """How many effects, events and audit entries there are."""
    async with environment.postgres(NAME) as connection:
        row = await connection.fetchrow(
            "SELECT (SELECT count(*) FROM done), (SELECT count(*) FROM outbox), (SELECT count(*) FROM audit)"
        )
        return tuple(row or ())


async def noted(work: UnitOfWork, subject: UUID, *actions: str) -> None:
    """Audit entries, one transaction each."""
    for action in actions:
        async with work.begin(Cause("one", actor="张三", address="10.0.0.1")) as tx:
            tx.audit(subject, action, before={"name": "旧"}, after={"name": action})


async def tried(work: UnitOfWork, divisor: int) -> float:
    """A transaction that ends with a division."""
    async with work.begin(Cause.itself()) as tx:
        await done(tx, new_id())
        tx.record(assigned())
        tx.audit(new_id(), "tried")
        return 1 / divisor


async def test_a_rolled_back_transaction_leaves_nothing_and_wakes_nobody(environment: Environment) -> None:
    async with working(environment) as work:
        woken: list[bool] = []
        work.committed = lambda: woken.append(True)
        with pytest.raises(ZeroDivisionError):
            await tried(work, 0)
        assert await counts(environment) == (0, 0, 0)
        assert woken == []
        await tried(work, 1)
        assert await counts(environment) == (1, 1, 1)
        assert woken == [True]


async def test_a_transaction_without_events_wakes_nobody(environment: Environment) -> None:
    async with working(environment) as work:
        work.committed = lambda: pytest.fail("there is nothing to publish")
        async with work.begin(Cause.itself()) as tx:
            await done(tx, new_id())


async def test_concurrent_audit_entries_form_one_chain(environment: Environment) -> None:
    subjects = [new_id() for _ in range(3)]
    async with working(environment) as work:
        await asyncio.gather(*(noted(work, subject, "a", "b") for subject in subjects for _ in range(5)))
        async with work.begin(Cause.itself()) as tx:
            for subject in [*subjects, *subjects]:
                tx.audit(subject, "all in one")
        async with work.reading() as rows:
            assert await verify(rows) == []
            for subject in subjects:
                found = await rows.fetch("SELECT entry FROM audit WHERE subject_id = $1 ORDER BY entry", subject)
                assert [row["entry"] for row in found] == list(range(1, 13))


async def test_writers_of_the_same_subjects_in_any_order_do_not_block_each_other_for_good(
    environment: Environment,
) -> None:
    subjects = [new_id() for _ in range(6)]

    async def all_of(work: UnitOfWork, order: list[UUID]) -> None:
        for _ in range(10):
            async with work.begin(Cause.itself()) as tx:
                for subject in order:
                    tx.audit(subject, "touched")

    async with working(environment) as work:
        await asyncio.gather(all_of(work, subjects), all_of(work, subjects[::-1]), all_of(work, subjects[3:]))
        async with work.reading() as rows:
            assert await verify(rows) == []


DAMAGES = [
    ("DELETE FROM audit WHERE entry = 2", 2, Damage.REMOVED),
    ("DELETE FROM audit WHERE entry = 1", 1, Damage.REMOVED),
    ("DELETE FROM audit WHERE entry = 4", 4, Damage.REMOVED),
    ("DELETE FROM audit WHERE true", 1, Damage.REMOVED),
    ("UPDATE audit SET action = 'other' WHERE entry = 3", 3, Damage.ALTERED),
    ("UPDATE audit SET actor = '李四' WHERE entry = 4", 4, Damage.ALTERED),
    ("UPDATE audit SET before = after, after = before WHERE entry = 1", 1, Damage.ALTERED),
    ("UPDATE audit SET before = NULL, after = before WHERE entry = 1", 1, Damage.ALTERED),
    ("UPDATE audit SET actor = actor || address, address = '' WHERE entry = 2", 2, Damage.ALTERED),
    ("UPDATE audit SET happened_at = happened_at - interval '1 second' WHERE entry = 2", 2, Damage.ALTERED),
]


async def test_a_removed_or_altered_audit_entry_is_detected(
    environment: Environment, subtests: pytest.Subtests
) -> None:
    async with working(environment) as work, environment.postgres(NAME) as connection:
        other = new_id()
        await noted(work, other, *"abcd")
        await connection.execute(_ALTER)
        for statement, entry, damage in DAMAGES:
            subject = new_id()
            await noted(work, subject, *"abcd")
            await connection.execute(f"{statement} AND subject_id = '{subject}'")
            with subtests.test(statement=statement):
                assert (await verify(connection, subject))[0] == Break(subject, entry, damage)
        assert await verify(connection, other) == []
        whole = await verify(connection)
    assert other not in {one.subject_id for one in whole}
    assert len({one.subject_id for one in whole}) == len(DAMAGES)


async def test_the_service_itself_cannot_alter_its_trail(environment: Environment) -> None:
    async with working(environment) as work:
        await noted(work, new_id(), "a")
        for statement in ("UPDATE audit SET action = 'b'", "DELETE FROM audit"):
            with pytest.raises(asyncpg.RaiseError, match="append-only"):
                async with work.begin(Cause.itself()) as tx:
                    await tx.execute(statement)


async def test_housekeeping_deletes_old_rows_only(
    environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.postgres.housekeeping._SLICE", 10)
    settings = Settings(**environment.settings(NAME, inbox_days=14, idempotency_days=7))
    now = utc_now()
    async with working(environment) as work:
        async with work.begin(Cause.itself()) as tx:
            for days, count in ((15, 25), (13, 3)):
                await tx.execute(
                    "INSERT INTO inbox SELECT 'c', gen_random_uuid(), $1 FROM generate_series(1, $2)",
                    now - timedelta(days=days),
                    count,
                )
            for days, key in ((8, "old"), (6, "new")):
                await tx.execute(
                    "INSERT INTO idempotency (caller, key, request_hash, given_at) VALUES ('c', $1, '', $2)",
                    key,
                    now - timedelta(days=days),
                )
        keeping = asyncio.create_task(run_housekeeping(work, settings))

        async def kept() -> bool:
            async with work.reading() as rows:
                left = await rows.fetchval("SELECT count(*) FROM inbox")
                return left == 3 and [row["key"] for row in await rows.fetch("SELECT key FROM idempotency")] == [
                    "new"
                ]

        await until(kept, what="a tidy house")
        keeping.cancel()
        await asyncio.wait({keeping})


async def test_an_event_that_waits_too_long_makes_messaging_unhealthy(environment: Environment) -> None:
    async with working(environment) as work:
        health = OutboxHealth(NAME, work)
        async with work.begin(Cause.itself()) as tx:
            tx.record(assigned())
        assert await health.check() is None
        async with environment.postgres(NAME) as connection:
            await connection.execute("UPDATE outbox SET happened_at = now() - interval '2 minutes'")
        assert "120 s" in str(await health.check())
