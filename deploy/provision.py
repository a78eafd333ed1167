"""Rights on Postgres and RabbitMQ: each process may do what its work needs, and no more."""

import asyncio
import base64
import contextlib
import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import asyncpg

from deploy.settings_table import DATABASE, PROCESSES
from shared.messaging.policies import POLICIES

# Any number: what counts is that every provisioning of one server waits for the same one.
PROVISIONING_LOCK = 20_260_414


def role_of(process: str, prefix: str = DATABASE) -> str:
    """The login role of a process; platforms that share a server differ in the prefix."""
    return f"{prefix}_{process}"


def owner_of(process: str, prefix: str = DATABASE) -> str:
    """The login role that owns a process's schema and migrates it."""
    return f"{role_of(process, prefix)}_owner"


def roles(prefix: str = DATABASE) -> list[str]:
    """All login roles."""
    return [name for each in PROCESSES for name in (role_of(each, prefix), owner_of(each, prefix))]


def message_user_of(process: str, prefix: str = DATABASE) -> str:
    """The RabbitMQ user of a process."""
    return f"{prefix}-{process}"


def provincial_user_of(province: str, prefix: str = DATABASE) -> str:
    """The RabbitMQ user of a provincial system."""
    return f"province-{province}" if prefix == DATABASE else f"{prefix}-province-{province}"


def provincial_queue_of(province: str) -> str:
    """The queue that a provincial system may read."""
    return f"provinces.{province}"


def message_users(provinces: Sequence[str], prefix: str = DATABASE) -> list[str]:
    """All RabbitMQ users."""
    processes = [message_user_of(process, prefix) for process in PROCESSES]
    return [*processes, *(provincial_user_of(province, prefix) for province in provinces)]


def with_login(url: str, user: str, password: str, path: str) -> str:
    """The same server's address for another login and database or virtual host."""
    parts = urllib.parse.urlsplit(url)
    server = parts.netloc.rpartition("@")[2]
    login = f"{urllib.parse.quote(user, safe='')}:{urllib.parse.quote(password, safe='')}"
    return urllib.parse.urlunsplit(
        (parts.scheme, f"{login}@{server}", f"/{urllib.parse.quote(path, safe='')}", parts.query, "")
    )


def in_database(dsn: str, database: str) -> str:
    """The same login's DSN for another database."""
    return urllib.parse.urlsplit(dsn)._replace(path=f"/{database}").geturl()


async def provision_postgres(
    superuser_dsn: str, passwords: Mapping[str, str], *, database: str = DATABASE, prefix: str = DATABASE
) -> None:
    """Makes database, roles and schemas where missing and sets their rights; any number of times."""
    server = await asyncpg.connect(superuser_dsn)
    try:
        # Roles belong to the whole server: two provisionings at once would trip over each other.
        await server.execute("SELECT pg_advisory_lock($1)", PROVISIONING_LOCK)
        for role in roles(prefix):
            await _ensure_role(server, role, passwords[role])
        await _ensure_database(server, database)
        inside = await asyncpg.connect(in_database(superuser_dsn, database))
        try:
            for process in PROCESSES:
                await inside.execute(_schema_rights(process, database, prefix))
        finally:
            await inside.close()
    finally:
        await server.close()


async def remove_database(superuser_dsn: str, *, database: str = DATABASE, prefix: str | None = None) -> None:
    """Removes the database with all that is in it; with a prefix, also the roles that only it used."""
    server = await asyncpg.connect(superuser_dsn)
    try:
        await server.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        for role in roles(prefix) if prefix else ():
            await server.execute(f"DROP ROLE IF EXISTS {role}")
    finally:
        await server.close()


def provision_rabbitmq(
    management_url: str,
    passwords: Mapping[str, str],
    provinces: Sequence[str],
    *,
    vhost: str,
    prefix: str = DATABASE,
) -> None:
    """Makes virtual host and users where missing, sets their rights and the policies; any number of times."""
    quoted = urllib.parse.quote(vhost, safe="")
    _put(management_url, f"/api/vhosts/{quoted}", {})
    rights = {message_user_of(process, prefix): _process_rights(process) for process in PROCESSES}
    rights |= {provincial_user_of(province, prefix): _provincial_rights(province) for province in provinces}
    for user, right in rights.items():
        _put(management_url, f"/api/users/{user}", {"password": passwords[user], "tags": ""})
        _put(management_url, f"/api/permissions/{quoted}/{user}", right)
    policies = {"policies": [policy.as_json(name) for name, policy in POLICIES.items()]}
    _ask(management_url, f"/api/definitions/{quoted}", "POST", json.dumps(policies).encode())


def _process_rights(process: str) -> dict[str, str]:
    """A process makes and uses what all share and its own queues; it reads nobody else's."""
    shared = r"amq\.default|fuma\..+|provinces\..+|gateway\.feed(\..+)?"
    own = rf"^({shared}|{process}\..+)$"
    return {"configure": own, "write": own, "read": own}


def _provincial_rights(province: str) -> dict[str, str]:
    """A provincial system reads its own queue and can do nothing else."""
    return {"configure": "^$", "write": "^$", "read": f"^{re.escape(provincial_queue_of(province))}$"}


def remove_vhost(management_url: str, vhost: str, *, users: Sequence[str] = ()) -> None:
    """Removes the virtual host with all queues and messages in it, and the users who used no other."""
    gone = [f"/api/vhosts/{urllib.parse.quote(vhost, safe='')}", *(f"/api/users/{user}" for user in users)]
    for path in gone:
        with contextlib.suppress(KeyError):
            _ask(management_url, path, "DELETE")


async def _ensure_role(server: "asyncpg.Connection[asyncpg.Record]", role: str, password: str) -> None:
    known = await server.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role)
    verb = "ALTER" if known else "CREATE"
    # A role's password cannot be a parameter of the statement; ours hold no quote, others' may.
    quoted = password.replace("'", "''")
    await server.execute(
        f"{verb} ROLE {role} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD '{quoted}'"
    )


async def _ensure_database(server: "asyncpg.Connection[asyncpg.Record]", database: str) -> None:
    if not await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database):
        await server.execute(f"CREATE DATABASE \"{database}\" ENCODING 'UTF8' TEMPLATE template0")
    await server.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')


def _schema_rights(process: str, database: str, prefix: str) -> str:
    role, owner = role_of(process, prefix), owner_of(process, prefix)
    return f"""
        GRANT CONNECT ON DATABASE "{database}" TO {role}, {owner};
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        CREATE SCHEMA IF NOT EXISTS {process} AUTHORIZATION {owner};
        GRANT USAGE ON SCHEMA {process} TO {role};
        ALTER ROLE {role} IN DATABASE "{database}" SET search_path = {process};
        ALTER ROLE {owner} IN DATABASE "{database}" SET search_path = {process};
        ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {process}
            GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
        ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {process}
            GRANT USAGE ON SEQUENCES TO {role};
    """


def _put(management_url: str, path: str, body: Mapping[str, object]) -> None:
    _ask(management_url, path, "PUT", json.dumps(body).encode())


def _ask(management_url: str, path: str, method: str, body: bytes | None = None) -> Any:
    """What the management interface answers; KeyError where there is nothing under the path."""
    parts = urllib.parse.urlsplit(management_url)
    login, _, server = parts.netloc.rpartition("@")
    request = urllib.request.Request(f"{parts.scheme}://{server}{path}", data=body, method=method)  # noqa: S310
    request.add_header("Content-Type", "application/json")
    credentials = base64.b64encode(urllib.parse.unquote(login).encode()).decode()
    request.add_header("Authorization", f"Basic {credentials}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the operator's own address
            return json.loads(answer.read() or "null")
    except urllib.error.HTTPError as refused:
        if refused.code == HTTPStatus.NOT_FOUND:
            raise KeyError(path) from refused
        raise


def main() -> None:
    """Provisions both servers from the secrets that a container was given."""
    passwords = json.loads(Path(os.environ["FUMA_PASSWORDS"]).read_text())
    asyncio.run(provision_postgres(os.environ["FUMA_POSTGRES_SUPERUSER_DSN"], passwords))
    provinces = [code for code in os.environ["FUMA_PROVINCES"].split(",") if code]
    provision_rabbitmq(os.environ["FUMA_RABBITMQ_MANAGEMENT_URL"], passwords, provinces, vhost=DATABASE)
    print("provisioned")


if __name__ == "__main__":
    main()
