"""The private Postgres: password, crash recovery, and data that its account can reach."""

import os
from pathlib import Path

import asyncpg
import pytest

from deploy.laptop.stack.accounts import OUTSIDE, ServerAccount, outside_folder, reachable_folder
from deploy.laptop.stack.ports import takes_connections
from deploy.laptop.stack.postgres import PostgresServer

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes to another account")


async def test_it_asks_for_a_password_and_survives_being_killed(open_folder: Path) -> None:
    with PostgresServer(open_folder / "postgres", durable=False) as server:
        connection = await asyncpg.connect(server.dsn)
        await connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        await connection.close()
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.dsn.replace(server.password, "wrong"))
        server.kill()
        assert not takes_connections(server.port)
        server.start()
        connection = await asyncpg.connect(server.dsn)
        assert await connection.fetchval("SELECT number FROM kept") == 7
        await connection.close()
    assert not takes_connections(server.port)


@as_root
def test_data_in_a_folder_that_the_account_cannot_reach_go_outside(tmp_path: Path) -> None:
    account = ServerAccount.for_this_process()
    (tmp_path / "closed").mkdir(mode=0o700)
    wanted = tmp_path / "closed" / "postgres"
    folder = reachable_folder(wanted, account)
    assert folder == outside_folder(wanted)
    assert OUTSIDE in folder.parents
    assert reachable_folder(wanted, account) == folder
    folder.rmdir()


@as_root
def test_data_in_a_folder_that_the_account_can_reach_stay_there(open_folder: Path) -> None:
    account = ServerAccount.for_this_process()
    assert reachable_folder(open_folder / "postgres", account) == open_folder / "postgres"
