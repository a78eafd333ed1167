"""Budgets (token buckets): a burst of requests, and a refill with time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Per(StrEnum):
    """The subject of a budget."""

    ADDRESS = "address"
    ACCOUNT = "account"
    # What the path names, such as a username, whoever asks from wherever.
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class Budget:
    """A named budget: `burst` requests at once, and one more every `refill_seconds`."""

    name: str
    burst: int
    refill_seconds: float


@dataclass(frozen=True, slots=True)
class RouteBudget:
    """The budget of a class of routes: a method and a path pattern, by segments (`*` matches any).

    `before_review` limits it to accounts that the nation's unit has not approved yet (ACC-2), so that unreviewed
    accounts cannot fill the disks.
    """

    budget: Budget
    per: Per
    method: str
    paths: tuple[str, ...]
    before_review: bool = False

    def fits(self, method: str, segments: Sequence[str]) -> bool:
        """Whether a request belongs to the class; `segments` are of its path below the prefix."""
        return method == self.method and any(_matches(one.split("/"), segments) for one in self.paths)


# One password in five may be mistyped; a hospital or a county signs in from one address. What guesses wrong from
# many addresses spends the account's budget; whoever has signed in to the account from this address before spends
# the pair's alone, so that nobody else's guesses lock them out.
SIGN_IN_PAIR = Budget("sign-in.pair", burst=5, refill_seconds=180)
SIGN_IN_ACCOUNT = Budget("sign-in.account", burst=20, refill_seconds=300)
SIGN_IN_ADDRESS = Budget("sign-in.address", burst=40, refill_seconds=20)

ROUTE_BUDGETS = (
    # A county's training day registers hundreds from one address; hashing has a lane of its own.
    RouteBudget(Budget("register", 300, 10), Per.ADDRESS, "POST", ("accounts",)),
    RouteBudget(Budget("password", 5, 300), Per.ACCOUNT, "PUT", ("accounts/current/password",)),
    # Starting checks the password and a code of the present device.
    RouteBudget(Budget("enrolment", 5, 300), Per.ACCOUNT, "POST", ("accounts/current/second-factor/enrolment",)),
    RouteBudget(Budget("enrolment.code", 10, 60), Per.ACCOUNT, "POST", ("accounts/current/second-factor",)),
    # Answers to security questions are guessed as passwords are; each attempt counts, the right one too.
    RouteBudget(Budget("reset.address", 40, 20), Per.ADDRESS, "POST", ("accounts/*/password-reset",)),
    RouteBudget(Budget("reset.account", 5, 600), Per.TARGET, "POST", ("accounts/*/password-reset",)),
    RouteBudget(Budget("questions", 60, 10), Per.ADDRESS, "GET", ("accounts/*/security-questions",)),
    RouteBudget(
        Budget("upload", 100, 600), Per.ACCOUNT, "POST", ("documents", "letters/*/scans"), before_review=True
    ),
    RouteBudget(
        Budget("add", 50, 1800),
        Per.ACCOUNT,
        "POST",
        ("institutions", "authorisations"),
        before_review=True,
    ),
    # A chain adds its stores before the one letter that names up to 200 of them (AUT-7).
    RouteBudget(Budget("add-pharmacies", 250, 600), Per.ACCOUNT, "POST", ("pharmacies",), before_review=True),
    # Drawing a certificate takes processor time of the service that assigns codes.
    RouteBudget(Budget("certificate", 30, 10), Per.ACCOUNT, "GET", ("codes/*/certificate",)),
    RouteBudget(Budget("certificate.check", 120, 2), Per.ADDRESS, "GET", ("certificates/*",)),
)


def route_budgets(overrides: dict[str, tuple[int, float]]) -> tuple[RouteBudget, ...]:
    """Returns the budgets of the routes, with the overrides of the settings."""
    return tuple(
        RouteBudget(with_override(one.budget, overrides), one.per, one.method, one.paths, one.before_review)
        for one in ROUTE_BUDGETS
    )


def with_override(budget: Budget, overrides: dict[str, tuple[int, float]]) -> Budget:
    """Applies the settings' override to a budget."""
    burst, refill_seconds = overrides.get(budget.name, (budget.burst, budget.refill_seconds))
    return Budget(budget.name, burst, refill_seconds)


def fitting(budgets: Iterable[RouteBudget], method: str, segments: Sequence[str]) -> list[RouteBudget]:
    """Returns the budgets that a request is charged to, always in the same order."""
    return [one for one in budgets if one.fits(method, segments)]


def _matches(pattern: Sequence[str], given: Sequence[str]) -> bool:
    return len(pattern) == len(given) and all(one in ("*", part) for one, part in zip(pattern, given, strict=True))
