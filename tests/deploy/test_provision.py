"""Rights: each process has the rights that it needs, and no more."""

import os
from collections.abc import AsyncIterator, Iterator

import aio_pika
import asyncpg
import pytest
from aiormq.exceptions import AMQPError, ChannelAccessRefused

from deploy.provision import (
    in_database,
    message_users,
    owner_of,
    provincial_user_of,
    provision_postgres,
    provision_rabbitmq,
    remove_database,
    remove_vhost,
    role_of,
    roles,
    with_login,
)
from tests.environment import Servers

PASSWORD = "correct horse battery's staple"
NAME = f"rights{os.getpid()}"


@pytest.fixture
async def database(servers: Servers) -> AsyncIterator[str]:
    """The server's address, with a provisioned database on it."""
    passwords = dict.fromkeys(roles(NAME), PASSWORD)
    for _ in range(2):
        await provision_postgres(servers.postgres, passwords, database=NAME, prefix=NAME)
    yield servers.postgres
    await remove_database(servers.postgres, database=NAME, prefix=NAME)


@pytest.fixture
def vhost(servers: Servers) -> Iterator[str]:
    """The broker's address, with a provisioned virtual host on it."""
    users = message_users(["43", "32"], NAME)
    for _ in range(2):
        passwords = dict.fromkeys(users, PASSWORD)
        provision_rabbitmq(servers.management, passwords, ["43", "32"], vhost=NAME, prefix=NAME)
    yield servers.rabbitmq
    remove_vhost(servers.management, NAME, users=users)


async def as_role(server: str, role: str) -> asyncpg.Connection:
    """A connection of a role to the provisioned database."""
    return await asyncpg.connect(with_login(server, role, PASSWORD, NAME))


async def test_the_owner_makes_tables_and_the_service_uses_them(database: str) -> None:
    owner = await as_role(database, owner_of("coding", NAME))
    await owner.execute("CREATE TABLE counter (id bigserial PRIMARY KEY, value int)")
    service = await as_role(database, role_of("coding", NAME))
    await service.execute("INSERT INTO counter (value) VALUES (1)")
    await service.execute("UPDATE counter SET value = 2")
    assert await service.fetchval("SELECT value FROM coding.counter") == 2
    await service.execute("DELETE FROM counter")
    for forbidden in ("TRUNCATE counter", "DROP TABLE counter", "CREATE TABLE other ()"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await service.execute(forbidden)
    await owner.close()
    await service.close()


async def test_no_service_reads_the_tables_of_another(database: str) -> None:
    owner = await as_role(database, owner_of("coding", NAME))
    await owner.execute("CREATE TABLE secret ()")
    await owner.close()
    for unrelated in (role_of("review", NAME), owner_of("review", NAME)):
        connection = await as_role(database, unrelated)
        for forbidden in ("SELECT FROM coding.secret", "CREATE TABLE public.mine ()", "CREATE SCHEMA mine"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(forbidden)
        await connection.close()


async def test_a_role_without_rights_may_not_even_connect(database: str, servers: Servers) -> None:
    superuser = await asyncpg.connect(servers.postgres)
    await superuser.execute(f"CREATE ROLE {NAME}_stranger LOGIN PASSWORD 'x'")
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(with_login(database, f"{NAME}_stranger", "x", NAME))
    finally:
        await superuser.execute(f"DROP ROLE {NAME}_stranger")
        await superuser.close()


async def test_a_province_reads_its_own_queue_and_nothing_else(vhost: str) -> None:
    service = await aio_pika.connect(with_login(vhost, f"{NAME}-coding", PASSWORD, NAME))
    async with service:
        channel = await service.channel()
        for name in ("provinces.43", "provinces.32"):
            await channel.declare_queue(name, durable=True, arguments={"x-queue-type": "quorum"})
        await channel.default_exchange.publish(aio_pika.Message(b"event"), "provinces.43")
    user = provincial_user_of("43", NAME)
    province = await aio_pika.connect(with_login(vhost, user, PASSWORD, NAME))
    async with province:
        channel = await province.channel()
        own = await channel.get_queue("provinces.43", ensure=False)
        message = await own.get(timeout=5)
        assert message is not None
        await message.ack()
        other = await channel.get_queue("provinces.32", ensure=False)
        with pytest.raises(ChannelAccessRefused):
            await other.get()
    for forbidden in ("provinces.43x", "coding.mine"):
        province = await aio_pika.connect(with_login(vhost, user, PASSWORD, NAME))
        async with province:
            channel = await province.channel()
            with pytest.raises(ChannelAccessRefused):
                await channel.declare_queue(forbidden)


async def test_no_service_reads_the_queue_of_another(vhost: str) -> None:
    coding = await aio_pika.connect(with_login(vhost, f"{NAME}-coding", PASSWORD, NAME))
    async with coding:
        channel = await coding.channel()
        with pytest.raises(ChannelAccessRefused):
            await channel.declare_queue("review.on-submitted")


async def test_users_of_one_virtual_host_have_no_rights_on_another(vhost: str, servers: Servers) -> None:
    with pytest.raises(AMQPError):
        await aio_pika.connect(with_login(vhost, f"{NAME}-coding", PASSWORD, "fuma"))


def test_an_address_keeps_its_server_and_changes_its_login() -> None:
    changed = with_login("amqp://admin:secret@host:5672/fuma?heartbeat=10", "a b", "p/w@", "/")
    assert changed == "amqp://a%20b:p%2Fw%40@host:5672/%2F?heartbeat=10"
    assert in_database("postgresql://u:p@h:1/postgres?x=1", "fuma") == "postgresql://u:p@h:1/fuma?x=1"
