"""Migrations: each runs once, in order, however many run them; an edited or misnamed one is refused."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from services.coding.composition import SERVICE
from shared.postgres import migrate as module
from shared.postgres.migrate import MigrationRefused, Phase, SchemaBehind, check_schema, migrate
from shared.postgres.pool import connected
from tests.environment import Environment

SCHEMA = "coding"


def written(folder: Path, name: str, sql: str) -> Path:
    """A migration in a folder."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(sql)
    return folder


async def applied(environment: Environment, folder: Path, phase: Phase | None = None) -> list[str]:
    """Migrates, and names the service's own migrations that were applied."""
    done = await migrate(environment.dsn(SCHEMA, owner=True), SCHEMA, folder, phase)
    return [name for name in done if not name.startswith("kit/")]


async def test_they_run_in_order_and_only_once(environment: Environment, tmp_path: Path) -> None:
    folder = written(tmp_path / "sql", "0002_post_b.sql", "INSERT INTO thing VALUES (1)")
    written(folder, "0001_pre_a.sql", "CREATE TABLE thing (number int)")
    assert await applied(environment, folder) == ["coding/0001_pre_a.sql", "coding/0002_post_b.sql"]
    assert await applied(environment, folder) == []
    async with environment.postgres(SCHEMA) as connection:
        assert await connection.fetchval("SELECT count(*) FROM thing") == 1


async def test_several_at_once_apply_each_once(environment: Environment, tmp_path: Path) -> None:
    slow = "CREATE TABLE thing (number int); SELECT pg_sleep(0.3); INSERT INTO thing VALUES (1)"
    folder = written(tmp_path / "sql", "0001_pre_a.sql", slow)
    done = await asyncio.gather(*(applied(environment, folder) for _ in range(4)))
    assert sorted(map(len, done)) == [0, 0, 0, 1]


async def test_an_edited_file_is_refused(environment: Environment, tmp_path: Path) -> None:
    folder = written(tmp_path / "sql", "0001_pre_a.sql", "CREATE TABLE thing (number int)")
    await applied(environment, folder)
    written(folder, "0001_pre_a.sql", "CREATE TABLE thing (number bigint)")
    with pytest.raises(MigrationRefused, match="edited"):
        await applied(environment, folder)


async def test_two_files_of_one_number_are_refused(environment: Environment, tmp_path: Path) -> None:
    folder = written(tmp_path / "sql", "0001_pre_a.sql", "CREATE TABLE thing (number int)")
    written(folder, "0001_pre_b.sql", "CREATE TABLE more (number int)")
    with pytest.raises(MigrationRefused, match="same number"):
        await applied(environment, folder)


async def test_another_name_is_refused(environment: Environment, tmp_path: Path) -> None:
    for name in ("1_pre_a.sql", "0001_a.sql", "0001_pre_A.sql", "0001_mid_a.sql"):
        with pytest.raises(MigrationRefused, match="NNNN_pre"):
            await applied(environment, written(tmp_path / name, name, "SELECT 1"))


async def test_a_failed_migration_is_rolled_back_and_can_be_corrected(
    environment: Environment, tmp_path: Path
) -> None:
    folder = written(tmp_path / "sql", "0001_pre_a.sql", "CREATE TABLE thing (number int); SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await applied(environment, folder)
    written(folder, "0001_pre_a.sql", "CREATE TABLE thing (number int)")
    assert await applied(environment, folder) == ["coding/0001_pre_a.sql"]


async def test_a_service_cannot_change_its_schema_nor_see_another_one(
    environment: Environment, tmp_path: Path
) -> None:
    await applied(environment, written(tmp_path / "sql", "0001_pre_a.sql", "CREATE TABLE thing (number int)"))
    connection = await asyncpg.connect(environment.dsn(SCHEMA))
    try:
        await connection.execute("INSERT INTO thing VALUES (1)")
        for statement in ("DROP TABLE thing", "CREATE TABLE more (number int)", "SELECT * FROM review.outbox"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
    finally:
        await connection.close()


async def test_the_phases_run_apart(environment: Environment, tmp_path: Path) -> None:
    folder = written(tmp_path / "sql", "0001_pre_a.sql", "CREATE TABLE thing (old int)")
    written(folder, "0002_post_b.sql", "ALTER TABLE thing DROP COLUMN old")
    written(folder, "0003_pre_c.sql", "ALTER TABLE thing ADD COLUMN new int")
    assert await applied(environment, folder, Phase.PRE) == ["coding/0001_pre_a.sql", "coding/0003_pre_c.sql"]
    async with environment.postgres(SCHEMA) as connection:
        # The old code still finds its column beside the new one.
        await connection.execute("INSERT INTO thing (old, new) VALUES (1, 1)")
    assert await applied(environment, folder, Phase.POST) == ["coding/0002_post_b.sql"]


async def test_a_statement_runs_outside_a_transaction(environment: Environment, tmp_path: Path) -> None:
    folder = written(tmp_path / "sql", "0001_pre_a.sql", "CREATE TABLE thing (number int)")
    index = "-- no transaction\nCREATE INDEX CONCURRENTLY thing_number ON thing (number);\n"
    written(folder, "0002_pre_b.sql", index)
    assert await applied(environment, folder) == ["coding/0001_pre_a.sql", "coding/0002_pre_b.sql"]


async def test_an_interrupted_index_is_built_anew(environment: Environment, tmp_path: Path) -> None:
    folder = written(tmp_path / "sql", "0001_pre_a.sql", "CREATE TABLE thing (number int)")
    written(folder, "0002_pre_b.sql", "INSERT INTO thing VALUES (1), (1)")
    unique = "-- no transaction\nCREATE UNIQUE INDEX CONCURRENTLY thing_number ON thing (number)"
    written(folder, "0003_pre_c.sql", unique)
    with pytest.raises(asyncpg.UniqueViolationError):
        await applied(environment, folder)
    async with environment.postgres(SCHEMA) as connection:
        await connection.execute("DELETE FROM thing")
        assert await applied(environment, folder) == ["coding/0003_pre_c.sql"]
        assert await connection.fetchval("SELECT bool_and(indisvalid) FROM pg_index")


async def test_several_statements_need_a_transaction(environment: Environment, tmp_path: Path) -> None:
    sql = "-- no transaction\nCREATE TABLE thing (number int);\nCREATE TABLE more (number int);\n"
    with pytest.raises(MigrationRefused, match="more than one statement"):
        await applied(environment, written(tmp_path / "sql", "0001_pre_a.sql", sql))


async def test_a_lock_that_is_not_free_is_requested_again(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOCK_MS", 50)
    monkeypatch.setattr(module, "LOCK_PAUSE_SECONDS", 0.01)
    folder = written(tmp_path / "sql", "0001_pre_a.sql", "CREATE TABLE thing (number int)")
    await applied(environment, folder)
    written(folder, "0002_pre_b.sql", "ALTER TABLE thing ADD COLUMN more int")
    waits = asyncio.Event()
    monkeypatch.setattr(module.log, "warning", lambda *_, **__: waits.set())
    async with environment.postgres(SCHEMA) as connection:
        async with connection.transaction():
            await connection.execute("LOCK TABLE thing IN ACCESS EXCLUSIVE MODE")
            migrating = asyncio.create_task(applied(environment, folder))
            await waits.wait()
        assert await migrating == ["coding/0002_pre_b.sql"]


async def test_a_service_does_not_start_on_a_schema_that_is_behind(
    environment: Environment, tmp_path: Path
) -> None:
    folder = written(tmp_path / "sql", "0001_pre_a.sql", "CREATE TABLE thing (number int)")
    await applied(environment, folder)
    written(folder, "0002_post_b.sql", "DROP TABLE thing")
    async with connected(environment.dsn(SCHEMA), SCHEMA, 1) as pool:
        # What runs after the old code has gone may still be missing, and a newer schema may be ahead.
        await check_schema(pool, SCHEMA, folder)
        await check_schema(pool, SCHEMA, tmp_path)
        written(folder, "0003_pre_c.sql", "CREATE TABLE more (number int)")
        with pytest.raises(SchemaBehind, match=r"lacks 0003_pre_c.sql"):
            await check_schema(pool, SCHEMA, folder)
        written(folder, "0001_pre_a.sql", "CREATE TABLE thing (number bigint)")
        with pytest.raises(MigrationRefused, match="edited"):
            await check_schema(pool, SCHEMA, folder)


async def test_an_unmigrated_service_says_what_to_run(environment: Environment) -> None:
    settings = SERVICE.settings(**environment.settings(SCHEMA))
    with pytest.raises(SchemaBehind, match="run the command `migrate` first"):
        async with SERVICE.running(settings):
            pass
