"""`bootstrap`: the nation's unit and its first two accounts, which no other unit can make; any number of times."""

import argparse
import asyncio
from collections.abc import Sequence

import structlog
from pydantic import SecretStr

from services.registry.accounts import registration, store, use_cases
from services.registry.accounts.sealing import proofs_of
from services.registry.composition import NAME
from services.registry.regions import loading
from services.registry.settings import RegistrySettings
from services.registry.units.use_cases import register_first
from shared.identifiers.regions import NATION
from shared.observability.logging import configure_logging
from shared.postgres.pool import connected
from shared.postgres.transaction import Cause, UnitOfWork
from shared.problems import FieldsRefused
from shared.security.caller import Role
from shared.security.passwords import Passwords

log = structlog.get_logger()


def main(arguments: Sequence[str]) -> None:
    """Reads the names from the command line and the passwords from the environment."""
    parser = argparse.ArgumentParser(prog="python -m services.registry bootstrap")
    parser.add_argument("--unit-name", required=True)
    parser.add_argument("--reviewer", required=True, help="username of the nation's first reviewer")
    parser.add_argument("--maintainer", required=True, help="username of the nation's first maintainer")
    named = parser.parse_args(arguments)
    settings = RegistrySettings()
    configure_logging(NAME, settings.log_level)
    try:
        asyncio.run(bootstrap(settings, named.unit_name, named.reviewer, named.maintainer))
    except FieldsRefused as refused:
        parser.error("; ".join(f"{one.field}: {one.zh} {one.en}" for one in refused.fields))


async def bootstrap(settings: RegistrySettings, unit_name: str, reviewer: str, maintainer: str) -> None:
    """Makes what is missing of the nation's unit and its accounts; passwords that exist are never changed."""
    wanted = (
        (reviewer, "审核员", Role.REVIEWER, settings.bootstrap_reviewer_password),
        (maintainer, "维护员", Role.AGENCY, settings.bootstrap_maintainer_password),
    )
    async with connected(str(settings.postgres_dsn), NAME, 2) as pool:
        work = UnitOfWork(pool)
        await loading.load(work)
        for username, title, role, password in wanted:
            opened = await _open(work, unit_name, username, f"{unit_name}{title}", role, password)
            log.info("bootstrapped", username=username, opened=opened)


async def _open(
    work: UnitOfWork, unit_name: str, username: str, name: str, role: Role, password: SecretStr | None
) -> bool:
    async with work.reading() as rows:
        if await store.username_taken(rows, username):
            return False
    text = password.get_secret_value() if password else ""
    registration.check([*registration.credential_problems(username, text)])
    proofs = await proofs_of(Passwords(), text)
    async with work.begin(Cause.itself("bootstrap")) as tx:
        unit = await register_first(tx, unit_name, NATION)
        return await use_cases.open_first(tx, unit, username, name, role, proofs)
