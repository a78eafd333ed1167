"""Counting attempts to sign in, by username and by address, one transaction each."""

import hashlib
import math
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from gateway.problems import SignInThrottled
from gateway.settings import GatewaySettings
from gateway.throttle import rules, store
from gateway.throttle.rules import Patience
from shared.identifiers.names import compared
from shared.postgres.transaction import Cause, Transaction, UnitOfWork

ADDRESS, USERNAME = "address", "username"
_IPV6_SITE_BITS = 64


@dataclass(frozen=True, slots=True)
class Throttle:
    """The platform's patience, the same in every replica since it is counted in Postgres."""

    work: UnitOfWork
    by_username: Patience
    by_address: Patience

    @classmethod
    def of(cls, work: UnitOfWork, settings: GatewaySettings) -> "Throttle":
        """As the settings have it."""
        longest = timedelta(seconds=settings.sign_in_longest_wait_seconds)
        forgets = timedelta(seconds=settings.sign_in_forgets_after_seconds)
        return cls(
            work,
            Patience(settings.sign_in_free_by_username, longest, forgets),
            Patience(settings.sign_in_free_by_address, longest, forgets),
        )

    async def attempt(self, cause: Cause, username: str, address: str) -> None:
        """Counts an attempt; raises SignInThrottled where it may not be made yet."""
        async with self.work.begin(cause) as tx:
            counted = [await self._counted(tx, *one) for one in self._of(username, address)]
            if wait := max(counted):
                seconds = math.ceil(wait.total_seconds())
                raise SignInThrottled(seconds=seconds).after(seconds)

    async def succeeded(self, cause: Cause, username: str, address: str) -> None:
        """The name starts afresh; from the address only this attempt is taken back."""
        async with self.work.begin(cause) as tx:
            await self._taken_back(tx, ADDRESS, _key(_site(address)), self.by_address)
            await store.lock(tx, USERNAME, _key(compared(username)))
            await store.save(tx, USERNAME, _key(compared(username)), rules.Attempts(0, tx.now, tx.now))

    async def not_judged(self, cause: Cause, username: str, address: str) -> None:
        """The attempt was neither right nor wrong (the registry was away): it does not count."""
        async with self.work.begin(cause) as tx:
            for of, key, patience in self._of(username, address):
                await self._taken_back(tx, of, key, patience)

    def _of(self, username: str, address: str) -> tuple[tuple[str, bytes, Patience], ...]:
        """What is counted, always in this order, so that two transactions never wait for each other."""
        return (
            (ADDRESS, _key(_site(address)), self.by_address),
            (USERNAME, _key(compared(username)), self.by_username),
        )

    async def _counted(self, tx: Transaction, of: str, key: bytes, patience: Patience) -> timedelta:
        attempts = await store.lock(tx, of, key)
        wait = rules.wait_of(attempts, tx.now)
        if not wait:
            await store.save(tx, of, key, rules.one_more(attempts, patience, tx.now))
        return wait

    async def _taken_back(self, tx: Transaction, of: str, key: bytes, patience: Patience) -> None:
        attempts = await store.lock(tx, of, key)
        await store.save(tx, of, key, rules.one_less(attempts, patience))


def _key(text: str) -> bytes:
    """What is kept instead of a name or an address."""
    return hashlib.sha256(b"fuma attempts\x00" + text.encode()).digest()


def _site(address: str) -> str:
    """An IPv6 subscriber has 2**64 addresses: they count as one."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(int(known) >> _IPV6_SITE_BITS)
    return str(known)
