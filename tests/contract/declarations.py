"""The declarations in all modules of the platform: refusals, routes, subscriptions."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from gateway.description.merging import openapi
from services.documents import consumers as documents_consumers
from services.documents.letter_maker import LetterMaker
from shared.contracts.service_routes import SERVICE_OF
from shared.messaging.subscriptions import Subscription, Subscriptions
from shared.problems import RuleBroken
from shared.web.openapi import fragment
from shared.web.routes import Routes

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("shared", "services", "gateway")


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of the platform, imported."""
    names = [
        found.name
        for package in PACKAGES
        for found in pkgutil.walk_packages([str(ROOT / package)], f"{package}.")
        if not found.name.endswith("__main__")
    ]
    return tuple(importlib.import_module(name) for name in sorted(names))


def refusals() -> list[type[RuleBroken]]:
    """Every refusal that the platform declares, without those of tests."""
    modules()
    found: list[type[RuleBroken]] = []
    waiting = [RuleBroken]
    while waiting:
        for one in waiting.pop().__subclasses__():
            waiting.append(one)
            declared = "code" in vars(one) and one.__module__.split(".")[0] in PACKAGES
            if declared and one not in found:
                found.append(one)
    return sorted(found, key=lambda one: (one.__module__, one.__qualname__))


def routes_of(process: str) -> list[Routes]:
    """The routes that the modules of a service or of the gateway declare, sorted by their tag."""
    package = process if process == "gateway" else f"services.{process}"
    inside = [one for one in modules() if one.__name__.startswith(f"{package}.")]
    found = {id(value): value for one in inside for value in vars(one).values() if isinstance(value, Routes)}
    return sorted(found.values(), key=lambda routes: routes.tag)


def subscriptions() -> list[Subscription]:
    """Every subscription of every process, sorted by queue; the documents service makes its own when it starts."""
    found = {
        id(value): value for one in modules() for value in vars(one).values() if isinstance(value, Subscriptions)
    }
    documents = documents_consumers.subscriptions(object.__new__(LetterMaker))
    every = [one for subscriptions in (*found.values(), documents) for one in subscriptions.all]
    return sorted(every, key=lambda one: one.queue)


def described() -> dict[str, Any]:
    """The OpenAPI document of the whole platform, as the gateway merges it while all services run."""
    return openapi({process: fragment(routes_of(process)) for process in {"gateway", *SERVICE_OF.values()}})


def calls() -> Iterator[tuple[str, ast.Call | ast.Raise]]:
    """Every call and every raise in the source, with its place."""
    for module in modules():
        path = Path(str(module.__file__))
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call | ast.Raise):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node
