"""Architecture rules that no linter checks, read from the source."""

import ast
import importlib
import pkgutil

import pytest

from shared.postgres import migrate
from tests.unit.source import PARTS, ROOT, SERVICES, modules

SHAPELESS = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}
LAYERS = {"rules", "use_cases", "store", "routes"}


def test_there_are_services_to_look_at() -> None:
    assert "coding" in SERVICES


def test_no_module_is_named_for_nothing() -> None:
    assert [name for name in modules(*PARTS) if name.rpartition(".")[2] in SHAPELESS] == []


def test_refusals_are_in_the_problems_of_their_package() -> None:
    refusals = {"RuleBroken"}
    found = [
        (name, node.name, {ast.unparse(base) for base in node.bases})
        for name, tree in modules(*PARTS).items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    ]
    while further := {cls for _, cls, bases in found if bases & refusals} - refusals:
        refusals |= further
    assert len(refusals) > 50
    assert [f"{name}.{cls}" for name, cls, _ in found if cls in refusals and not name.endswith(".problems")] == []


def test_nothing_is_asserted_outside_of_tests() -> None:
    wrong = [
        f"{name}:{node.lineno}"
        for name, tree in modules(*PARTS).items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
    ]
    assert wrong == []


def test_migrations_are_named_and_no_two_have_one_number() -> None:
    """Two that landed beside each other would otherwise be refused only when the service migrates."""
    owners = [ROOT / "gateway", *(ROOT / "services" / service for service in SERVICES)]
    folders = [migrate.KIT, *(owner / "migrations" for owner in owners)]
    assert [str(folder) for folder in folders if not migrate.found("any", folder)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_rooms_that_every_service_has(service: str) -> None:
    folder = ROOT / "services" / service
    for needed in ("__main__.py", "composition.py", "migrations"):
        assert (folder / needed).exists(), needed
    subjects = [folder, *(path for path in folder.iterdir() if path.is_dir())]
    found = {
        name
        for subject in subjects
        for name in LAYERS
        if (subject / f"{name}.py").exists() or (subject / name / "__init__.py").exists()
    }
    assert found == LAYERS


@pytest.mark.parametrize("service", SERVICES)
def test_every_event_that_a_service_receives_is_in_the_catalogue(service: str) -> None:
    from shared.contracts.catalogue import EVENTS
    from shared.messaging.subscriptions import Subscriptions

    package = importlib.import_module(f"services.{service}")
    names = [found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    subscribed = [
        one
        for name in names
        if name.endswith("consumers")
        for found in vars(importlib.import_module(name)).values()
        if isinstance(found, Subscriptions)
        for one in found.all
    ]
    assert [one.queue for one in subscribed if EVENTS.get(one.event.type) is not one.event] == []
    assert all(one.queue.startswith(f"{service}.") for one in subscribed)
    assert len({one.queue for one in subscribed}) == len(subscribed)
