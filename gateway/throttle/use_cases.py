"""Charges requests to their budgets, one transaction each."""

import asyncio
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Self
from urllib.parse import unquote

from gateway.problems import BudgetSpent, BudgetSpentBeforeReview, SignInThrottled
from gateway.throttle import rules, store
from gateway.throttle.rules import Budget, Per, RouteBudget
from shared.identifiers.names import compared
from shared.postgres.transaction import Cause, Transaction, UnitOfWork
from shared.security.caller import Caller

IPV6_SITE_BITS = 64
# Successful attempts of neighbours refund what they took: worth waiting for a moment.
PATIENCE_SECONDS = 3.0
_LOOK_AGAIN_SECONDS = 0.1

Overrides = Mapping[str, tuple[int, float]]


class _Spent(Exception):
    """A budget is empty."""

    def __init__(self, budget: Budget, key: bytes) -> None:
        super().__init__(budget.name)
        self.budget, self.key = budget, key


@dataclass(frozen=True, slots=True)
class RouteThrottle:
    """Charges requests to the budget of their class of routes."""

    work: UnitOfWork
    budgets: tuple[RouteBudget, ...]

    @classmethod
    def of(cls, work: UnitOfWork, overrides: Overrides) -> Self:
        """Builds it with the overrides of the settings."""
        return cls(work, rules.route_budgets(dict(overrides)))

    async def charge(self, cause: Cause, method: str, path: str, caller: Caller | None, address: str) -> None:
        """Charges a request; raises BudgetSpent, or BudgetSpentBeforeReview for an unapproved account."""
        segments = segments_of(path)
        for one in rules.fitting(self.budgets, method, segments):
            if one.before_review and (caller is None or caller.reviewed):
                continue
            await self._take(cause, one, _charged(one.per, segments, caller, address))

    async def _take(self, cause: Cause, one: RouteBudget, key: bytes) -> None:
        async with self.work.begin(cause) as tx:
            if await store.take(tx, one.budget, key):
                return
            seconds = math.ceil(await store.wait_seconds(tx, one.budget, key)) or 1
        refusal = BudgetSpentBeforeReview if one.before_review else BudgetSpent
        raise refusal(seconds=seconds).after(seconds)


def segments_of(path: str) -> list[str]:
    """Splits a path as it was sent into its segments as a service reads them, without percent signs."""
    return [unquote(segment) for segment in path.strip("/").split("/")]


def _charged(per: Per, segments: Sequence[str], caller: Caller | None, address: str) -> bytes:
    """Whose budget it is; usernames in a path are the same in any case and width."""
    if per is Per.TARGET:
        return _key("/".join(compared(segment) for segment in segments))
    return _key(_site(address)) if per is Per.ADDRESS or caller is None else caller.account_id.bytes


@dataclass(frozen=True, slots=True)
class Attempt:
    """A charged attempt to sign in: its subjects, and what it took from which budgets."""

    account_key: bytes
    site_key: bytes
    taken: tuple[tuple[Budget, bytes], ...]


@dataclass(frozen=True, slots=True)
class SignInThrottle:
    """Charges attempts to sign in before the password is checked, and refunds the right ones.

    A thousand simultaneous attempts count as a thousand.
    """

    work: UnitOfWork
    pair: Budget
    account: Budget
    address: Budget

    @classmethod
    def of(cls, work: UnitOfWork, overrides: Overrides) -> Self:
        """Builds it with the overrides of the settings."""
        given = dict(overrides)
        budgets = (rules.SIGN_IN_PAIR, rules.SIGN_IN_ACCOUNT, rules.SIGN_IN_ADDRESS)
        return cls(work, *(rules.with_override(one, given) for one in budgets))

    async def attempt(self, cause: Cause, username: str, address: str) -> Attempt:
        """Charges an attempt; raises SignInThrottled if a budget stays empty for a moment."""
        ends = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while True:
            try:
                async with self.work.begin(cause) as tx:
                    return await self._take(tx, username, address)
            except _Spent as spent:
                own = spent.budget is self.pair
                if own or asyncio.get_running_loop().time() > ends:
                    raise await self._refusal(spent) from None
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def succeeded(self, cause: Cause, attempt: Attempt) -> None:
        """Refunds a successful attempt; earlier wrong attempts of the pair are cleared."""
        async with self.work.begin(cause) as tx:
            await _give_back(tx, attempt)
            await store.clear(tx, self.pair, attempt.account_key + attempt.site_key)
            await store.remember(tx, attempt.account_key, attempt.site_key)

    async def not_judged(self, cause: Cause, attempt: Attempt) -> None:
        """Refunds an attempt at which nothing was guessed: no registry, or a right password without the code."""
        async with self.work.begin(cause) as tx:
            await _give_back(tx, attempt)

    async def _take(self, tx: Transaction, username: str, address: str) -> Attempt:
        """Takes from all three budgets in a fixed order, so that transactions cannot deadlock."""
        account, site = _key(compared(username)), _key(_site(address))
        known = await store.is_known(tx, account, site)
        taken = []
        for budget, key in ((self.address, site), (self.account, account), (self.pair, account + site)):
            if await store.take(tx, budget, key):
                taken.append((budget, key))
            elif budget is self.pair or not known:
                raise _Spent(budget, key)
        return Attempt(account, site, tuple(taken))

    async def _refusal(self, spent: _Spent) -> SignInThrottled:
        async with self.work.reading() as rows:
            seconds = math.ceil(await store.wait_seconds(rows, spent.budget, spent.key)) or 1
        return SignInThrottled(seconds=seconds).after(seconds)


async def _give_back(tx: Transaction, attempt: Attempt) -> None:
    for budget, key in attempt.taken:
        await store.give_back(tx, budget, key)


def _key(text: str) -> bytes:
    """Hashes a name or an address for storage."""
    return hashlib.sha256(b"fuma attempts\x00" + text.encode()).digest()


def _site(address: str) -> str:
    """Reduces an IPv6 address to its /64, since a subscriber has 2**64 addresses."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv6Address):
        return str(int(known) >> IPV6_SITE_BITS)
    return str(known)
