"""Which accounts sign in without the second factor that the nation's unit demands."""

from dataclasses import dataclass
from typing import Self

from services.registry.accounts.rules import username_key


@dataclass(frozen=True, slots=True)
class ExemptAccounts:
    """The sample accounts of a trial system, named by its operator, of which no policy demands a second factor.

    One that has enrolled a second factor signs in with it like any other.
    """

    keys: frozenset[str]

    @classmethod
    def of(cls, usernames: str) -> Self:
        """Reads usernames that are separated by commas."""
        return cls(frozenset(username_key(one.strip()) for one in usernames.split(",") if one.strip()))

    def exempts(self, username: str) -> bool:
        """Whether an account is exempt, whatever the case and width of its username."""
        return username_key(username) in self.keys
