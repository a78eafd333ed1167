"""Rules of the code that no linter checks, read from the source."""

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
PURE = {"rules", "form", "forms"}
# Errors of the web kit carry no I/O; `shared.web.problems` also maps them to answers.
PURE_OF_OURS = {"shared.web.problems"}
# The use cases of jobs, projections and bootstrap, named for what they do.
USE_CASES = {"use_cases", "jobs", "library", "following", "loading"}
# Reads the dictionaries' files once, at the start.
READERS = {"shared/forms/dictionaries.py"}
PROJECTIONS = ("save", "append")
ROOMS = {"rules", "use_cases", "store", "routes"}
WRITES = ("save", "insert", "lock", "delete", "update", "take", "add", "remove", "keep", "mark", "set_", "write",
          "forget", "claim", "append", "put")  # fmt: skip


def modules(*parts: str) -> Iterator[tuple[str, ast.Module]]:
    """Yields every module of these parts, by its path."""
    for part in parts:
        for path in sorted((ROOT / part).rglob("*.py")):
            if not {"node_modules", "__pycache__"} & set(path.parts):
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text("utf-8"), str(path))


def pure(path: str) -> bool:
    """Whether a module is a rule or a form, in whichever part it lies."""
    names = {Path(path).stem, *Path(path).parts}
    return bool(names & PURE) and "routes" not in names and path not in READERS


def of_store(module: str) -> bool:
    """Whether a module is a store of ours, or a part of one."""
    return module.startswith(("services.", "gateway.", "shared.")) and f"{module}.".count(".store.") > 0


def store_calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Yields every call of a store's function, under whichever name the store was imported."""
    names = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if of_store(node.module) or of_store(f"{node.module}.{alias.name}")
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id in names:
            yield node, called.id
        elif isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in names:
            yield node, called.attr


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yields every imported module, with the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.lineno, node.module


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, ast.Attribute]]:
    """Yields every call of a method or of a module's function."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func


def speaks_sql(call: ast.Call, called: ast.Attribute) -> bool:
    """Whether the call passes a statement to Postgres: a text, or a constant that is named like one."""
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


def test_rules_and_forms_touch_nothing_outside() -> None:
    wrong = [
        f"{path}:{line} {name}"
        for path, tree in modules(*PARTS)
        if pure(path)
        for line, name in imported(tree)
        if name.split(".")[0] in OUTSIDE or (name.startswith(OUTSIDE_OF_OURS) and name not in PURE_OF_OURS)
    ]
    assert wrong == []


def test_rules_and_forms_get_the_time_passed_in() -> None:
    wrong = [
        f"{path}:{call.lineno} {called.attr}"
        for path, tree in modules(*PARTS)
        if pure(path)
        for call, called in calls(tree)
        if called.attr in CLOCKS
    ]
    waiting = [
        f"{path}:{node.lineno}"
        for path, tree in modules(*PARTS)
        if pure(path)
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef | ast.Await)
    ]
    assert wrong + waiting == []


def test_only_use_cases_write_and_lock_through_a_store() -> None:
    wrong = [
        f"{path}:{call.lineno} {name}"
        for path, tree in modules("services", "gateway")
        if not {Path(path).stem, *Path(path).parts} & (USE_CASES | {"store"})
        for call, name in store_calls(tree)
        if name.startswith(WRITES) and not (Path(path).stem == "consumers" and name.startswith(PROJECTIONS))
    ]
    assert wrong == []


def test_a_write_is_found_under_whichever_name_the_store_was_imported() -> None:
    source = (
        "from services.review.store import cases\nfrom services.coding import store as codes\n"
        "from services.registry.records.store import save\n"
        "cases.lock(tx), codes.save(tx), save(tx), other.save(tx)\n"
    )
    assert [name for _, name in store_calls(ast.parse(source))] == ["lock", "save", "save"]


def test_routes_and_consumers_record_no_events_and_no_audit_entries() -> None:
    wrong = [
        f"{path}:{call.lineno} {ast.unparse(called)}"
        for path, tree in modules("services", "gateway")
        if {Path(path).stem, *Path(path).parts} & {"routes", "consumers"}
        for call, called in calls(tree)
        if called.attr in {"record", "audit", "execute"} and ast.unparse(called.value) == "tx"
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
