"""The rules of the environment that no linter knows, read from the source itself."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = sorted(path.name for path in (ROOT / "services").iterdir() if (path / "composition.py").exists())
PARTS = ("services", "gateway", "shared", "deploy")
SQL_CALLS = {"fetch", "fetchrow", "fetchval", "execute", "executemany", "cursor", "copy_records_to_table"}
SQL_HOMES = ("shared/postgres/", "shared/messaging/", "shared/search/", "shared/web/idempotency.py", "deploy/")
OUTSIDE = {
    "aio_pika", "aiohttp", "asyncio", "asyncpg", "faststream", "http", "io", "multiprocessing", "obstore", "os",
    "pathlib", "random", "requests", "secrets", "shutil", "socket", "structlog", "subprocess", "threading", "time",
    "urllib",
}  # fmt: skip
OUTSIDE_OF_OURS = ("shared.messaging", "shared.postgres", "shared.web", "shared.service", "shared.settings",
                   "shared.observability", "shared.ids")  # fmt: skip
CLOCKS = {"now", "utcnow", "today", "utc_now"}
SHAPELESS = {"utils", "util", "helpers", "helper", "manager", "managers", "base", "common", "misc"}
ROOMS = {"rules", "use_cases", "store", "routes"}
WRITES = ("save", "insert", "lock", "delete", "update", "take", "add", "remove", "keep", "mark", "set_", "write")


def modules(*parts: str) -> Iterator[tuple[str, ast.Module]]:
    """Every module of these parts of the house, by its path."""
    for part in parts:
        for path in sorted((ROOT / part).rglob("*.py")):
            if not {"node_modules", "__pycache__"} & set(path.parts):
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"), str(path))


def room(path: str, name: str) -> bool:
    """Whether a module is this room of a service, or a part of it where the room is a folder."""
    return path.startswith("services/") and name in (Path(path).stem, *Path(path).parts)


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every module that is imported, with the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.Attribute]]:
    """Every call of a method or of a module's function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func


def speaks_sql(call: ast.Call, called: ast.Attribute) -> bool:
    """Whether the call hands a statement to Postgres: a text, or a constant that is named like one."""
    if called.attr not in SQL_CALLS or not call.args:
        return False
    statement = call.args[0]
    if isinstance(statement, ast.Name):
        return statement.id.lstrip("_").isupper()
    return isinstance(statement, ast.Constant | ast.JoinedStr)


def test_there_are_services_to_look_at() -> None:
    assert "coding" in SERVICES


def test_sql_is_in_stores_and_in_the_kit_alone() -> None:
    wrong = [
        f"{path}:{call.lineno}"
        for path, tree in modules(*PARTS)
        if not path.startswith(SQL_HOMES) and "store" not in (Path(path).stem, *Path(path).parts)
        for call, called in calls(tree)
        if speaks_sql(call, called)
    ]
    assert wrong == []


def test_rules_touch_nothing_outside() -> None:
    wrong = [
        f"{path}:{line} {name}"
        for path, tree in modules("services")
        if room(path, "rules")
        for line, name in imported(tree)
        if name.split(".")[0] in OUTSIDE or name.startswith(OUTSIDE_OF_OURS)
    ]
    assert wrong == []


def test_rules_are_told_the_time() -> None:
    wrong = [
        f"{path}:{call.lineno} {called.attr}"
        for path, tree in modules("services")
        if room(path, "rules")
        for call, called in calls(tree)
        if called.attr in CLOCKS
    ]
    waiting = [
        f"{path}:{node.lineno}"
        for path, tree in modules("services")
        if room(path, "rules")
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await)
    ]
    assert wrong + waiting == []


def test_doors_write_nothing_past_the_use_cases() -> None:
    wrong = [
        f"{path}:{call.lineno} {ast.unparse(called)}"
        for path, tree in modules("services")
        if room(path, "routes") or room(path, "consumers")
        for call, called in calls(tree)
        if (isinstance(called.value, ast.Name) and called.value.id == "store" and called.attr.startswith(WRITES))
        or (called.attr in {"record", "audit", "execute"} and ast.unparse(called.value) == "tx")
    ]
    assert wrong == []


def test_no_module_is_named_for_nothing() -> None:
    assert [path for path, _ in modules(*PARTS) if Path(path).stem in SHAPELESS] == []


def test_nothing_is_asserted_outside_of_tests() -> None:
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in modules(*PARTS)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert)
    ]
    assert wrong == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_the_rooms_that_every_service_has(service: str) -> None:
    folder = ROOT / "services" / service
    for needed in ("__main__.py", "composition.py", "migrations"):
        assert (folder / needed).exists(), needed
    subjects = [folder, *(path for path in folder.iterdir() if path.is_dir())]
    found = {
        name
        for subject in subjects
        for name in ROOMS
        if (subject / f"{name}.py").exists() or (subject / name / "__init__.py").exists()
    }
    assert found == ROOMS


@pytest.mark.parametrize("service", SERVICES)
def test_every_event_that_a_service_hears_is_in_the_catalogue(service: str) -> None:
    from shared.contracts.catalogue import EVENTS
    from shared.messaging.subscriptions import Subscriptions

    package = importlib.import_module(f"services.{service}")
    names = [found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    heard = [
        one
        for name in names
        if name.endswith("consumers")
        for found in vars(importlib.import_module(name)).values()
        if isinstance(found, Subscriptions)
        for one in found.all
    ]
    assert [one.queue for one in heard if EVENTS.get(one.event.type) is not one.event] == []
    assert all(one.queue.startswith(f"{service}.") for one in heard)
    assert len({one.queue for one in heard}) == len(heard)
