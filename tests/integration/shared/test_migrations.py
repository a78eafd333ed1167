"""Migrations: each once, in order, whoever runs them; none that was edited or is named otherwise."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from shared.postgres.migrate import MigrationRefused, migrate
from tests.environment import Environment

SCHEMA = "coding"


def written(folder: Path, name: str, sql: str) -> Path:
    """A migration in a folder."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(sql)
    return folder


async def applied(environment: Environment, folder: Path) -> list[str]:
    """Migrates, and names the service's own migrations that were applied."""
    done = await migrate(environment.dsn(SCHEMA, owner=True), SCHEMA, folder)
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


async def test_another_name_is_refused(environment: Environment, tmp_path: Path) -> None:
    for name in ("1_pre_a.sql", "0001_a.sql", "0001_pre_A.sql", "0001_mid_a.sql"):
        with pytest.raises(MigrationRefused, match="NNNN_pre"):
            await applied(environment, written(tmp_path / name, name, "SELECT 1"))


async def test_one_that_fails_leaves_nothing_of_itself_and_can_be_mended(
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
