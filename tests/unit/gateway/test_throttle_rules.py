"""Which requests are charged to which budget."""

import pytest

from gateway.throttle.rules import ROUTE_BUDGETS, Per, first_fitting, route_budgets


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "accounts", "register"),
        ("POST", "/accounts/", "register"),
        ("PUT", "accounts/current/password", "password"),
        ("POST", "documents", "upload"),
        ("POST", "letters/0190-7/scans", "upload"),
        ("POST", "institutions", "add"),
        ("GET", "accounts", None),
        ("POST", "accounts/current/submission", None),
        ("POST", "letters/0190-7", None),
        ("POST", "", None),
    ],
)
def test_a_class_of_routes_has_its_budget(method: str, path: str, name: str | None) -> None:
    found = first_fitting(ROUTE_BUDGETS, method, path)
    assert (found and found.budget.name) == name


def test_settings_override_a_budget_by_its_name() -> None:
    (register, *others) = route_budgets({"register": (3, 7.5)})
    assert (register.budget.burst, register.budget.refill_seconds, register.per) == (3, 7.5, Per.ADDRESS)
    assert tuple(others) == ROUTE_BUDGETS[1:]
