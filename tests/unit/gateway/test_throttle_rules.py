"""The budgets that requests are charged to."""

import pytest

from gateway.throttle.rules import ROUTE_BUDGETS, Per, fitting, route_budgets
from gateway.throttle.use_cases import segments_of
from services.registry.authorisations.views import AuthorisationForm


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "accounts", "register"),
        ("POST", "/accounts/", "register"),
        ("PUT", "accounts/current/password", "password"),
        ("POST", "documents", "upload"),
        ("POST", "letters/0190-7/scans", "upload"),
        ("POST", "institutions", "add"),
        ("POST", "pharmacies", "add-pharmacies"),
        ("GET", "accounts", None),
        ("POST", "accounts/current/submission", None),
        ("POST", "letters/0190-7", None),
        ("POST", "", None),
    ],
)
def test_a_class_of_routes_has_its_budget(method: str, path: str, name: str | None) -> None:
    found = fitting(ROUTE_BUDGETS, method, segments_of(path))
    assert [one.budget.name for one in found] == ([] if name is None else [name])


@pytest.mark.parametrize("path", ["accounts/zhang.san/password-reset", "accounts/%E5%BC%A0/pass%77ord%2Dreset"])
def test_a_reset_is_charged_to_the_address_and_to_the_username(path: str) -> None:
    found = fitting(ROUTE_BUDGETS, "POST", segments_of(path))
    assert [one.per for one in found] == [Per.ADDRESS, Per.TARGET]


def test_a_chain_adds_all_stores_of_a_letter_before_its_account_is_reviewed() -> None:
    [adding] = fitting(ROUTE_BUDGETS, "POST", segments_of("pharmacies"))
    most = AuthorisationForm.model_json_schema()["properties"]["provider_ids"]["maxItems"]
    assert adding.budget.burst >= most


def test_settings_override_a_budget_by_its_name() -> None:
    (register, *others) = route_budgets({"register": (3, 7.5)})
    assert (register.budget.burst, register.budget.refill_seconds, register.per) == (3, 7.5, Per.ADDRESS)
    assert tuple(others) == ROUTE_BUDGETS[1:]
