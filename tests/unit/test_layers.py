"""What import-linter cannot say of the layers: across a service's subjects, and who writes through a store."""

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.unit.source import PARTS, ROOT, Modules, calls, imports_of, modules, names_in, parsed, uses, words_of

# The use cases of jobs, projections and bootstrap, named for what they do.
USE_CASES = {"use_cases", "jobs", "library", "following", "submissions", "loading", "housekeeping", "renewals"}
LAYERS = ({"rules", "form", "forms", "problems"}, {"store"}, USE_CASES, {"routes", "consumers"}, {"composition"})
LINTED = {"rules", "store", "use_cases", "routes", "consumers"}
# A projection saves what an event tells, unless it knows something newer: nothing is decided.
PROJECTIONS = ("save", "append")
SQL_CALLS = {"fetch", "fetchrow", "fetchval", "execute", "executemany", "cursor", "copy_records_to_table"}
SQL_HOMES = ("shared.postgres", "shared.messaging", "shared.search", "shared.web.idempotency", "deploy")
ON_ROWS = {"tx", "rows", "connection", "pool", "transaction"}
WRITES = re.compile(r"\b(INSERT|UPDATE|DELETE|FOR (NO KEY )?(UPDATE|SHARE)|pg_advisory\w*lock)\b")


def layer_of(name: str) -> int | None:
    """Returns the layer of a module within a service, from the rules upward, or None."""
    return next((number for number, layer in enumerate(LAYERS) if words_of(name) & layer), None)


def upward_imports(found: Modules) -> Iterator[str]:
    """Yields the imports of a higher layer, whichever subject of the service it is of."""
    for name in found:
        mine = layer_of(name)
        for line, other in imports_of(name, found) if mine is not None else ():
            theirs = layer_of(other)
            if theirs is not None and mine is not None and theirs > mine:
                yield f"{name}:{line} {other}"


def takes_transaction(function: ast.AsyncFunctionDef | ast.FunctionDef) -> bool:
    """Whether a function writes or locks: then it takes a transaction, and not only rows to read."""
    return any(one.annotation and ast.unparse(one.annotation) == "Transaction" for one in function.args.args)


def writers(found: Modules) -> set[str]:
    """Returns the functions of stores that write or lock."""
    return {
        f"{name}.{node.name}"
        for name, tree in found.items()
        if "store" in words_of(name)
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncFunctionDef) and takes_transaction(node)
    }


def defined(full: str, found: Modules) -> str:
    """Returns where a name is defined that a package passes on."""
    module, _, name = full.rpartition(".")
    further = names_in(found[module], found).get(name) if module in found else None
    return full if further is None else defined(further, found)


def writes_outside_use_cases(found: Modules) -> Iterator[str]:
    """Yields the uses of writing store functions, called or passed on, by who is neither use case nor store."""
    writing = writers(found)
    for name, tree in found.items():
        if words_of(name) & (USE_CASES | {"store"}):
            continue
        for line, used in uses(tree, found):
            is_projection = "consumers" in words_of(name) and used.rpartition(".")[2].startswith(PROJECTIONS)
            if defined(used, found) in writing and not is_projection:
                yield f"{name}:{line} {used}"


def sql_outside_stores(found: Modules) -> Iterator[str]:
    """Yields the statements that are run outside the stores and the kit."""
    for name, tree in found.items():
        if name.startswith(SQL_HOMES) or "store" in words_of(name):
            continue
        for call, on, called in calls(tree):
            if called in SQL_CALLS and on.rpartition(".")[2].lstrip("_") in ON_ROWS:
                yield f"{name}:{call.lineno} {called}"


def records_at_the_edge(found: Modules) -> Iterator[str]:
    """Yields the events and audit entries that a route or a consumer records itself."""
    for name, tree in found.items():
        if words_of(name) & {"routes", "consumers"}:
            for call, on, called in calls(tree):
                if called in {"record", "audit"} and on:
                    yield f"{name}:{call.lineno} {called}"


def reads_that_write(module: str, tree: ast.Module) -> Iterator[str]:
    """Yields the functions of a store that take rows only and pass a statement that writes or locks."""
    loaded = importlib.import_module(module)
    for node in ast.walk(tree):
        if not isinstance(node, ast.AsyncFunctionDef) or takes_transaction(node):
            continue
        for statement in {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}:
            text = getattr(loaded, statement, None)
            if isinstance(text, str) and WRITES.search(text):
                yield f"{module}:{node.lineno} {node.name} {statement}"


def test_the_layers_hold_across_the_subjects_of_a_service() -> None:
    assert list(upward_imports(modules("services", "gateway"))) == []


def test_only_use_cases_write_and_lock_through_a_store() -> None:
    assert list(writes_outside_use_cases(modules(*PARTS))) == []


def test_what_writes_or_locks_takes_a_transaction() -> None:
    stores = {name: tree for name, tree in modules(*PARTS).items() if name.split(".")[-2:].count("store")}
    assert [one for name, tree in stores.items() for one in reads_that_write(name, tree)] == []


def test_sql_is_in_stores_and_in_the_kit_alone() -> None:
    assert list(sql_outside_stores(modules(*PARTS))) == []


def test_routes_and_consumers_record_no_events_and_no_audit_entries() -> None:
    assert list(records_at_the_edge(modules("services", "gateway"))) == []


def test_import_linter_knows_every_package_that_has_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    listed = {one for contract in contracts for one in contract.get("containers", ())}
    packages: dict[str, set[str]] = {}
    for name in modules("services", "gateway"):
        for word in words_of(name) & LINTED:
            packages.setdefault(name.partition(f".{word}")[0], set()).add(word)
    assert {name for name, layers in packages.items() if len(layers) > 1} - listed == set()


STORE = (
    "async def save(tx: Transaction): ...\nasync def lock(tx: Transaction): ...\nasync def one(rows: Rows): ..."
)
AROUND = {
    "services.a.store": STORE,
    "services.a.b.store.writing": STORE,
    "services.a.b.store": "from services.a.b.store.writing import lock",
    "services.a.b.use_cases": "from services.a import store\nstore.save(tx)",
    "services.a.c.routes": "",
}


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("services.a.routes", "from services.a import store\nstore.save(tx)"),
        ("services.a.routes", "from services.a.store import save as write\nwrite(tx)"),
        ("services.a.routes", "import services.a.store\nservices.a.store.save(tx)"),
        ("services.a.routes", "from services.a.b import store as rows\nhandle(rows.lock)"),
        ("services.a.consumers", "from services.a import store\nstore.lock(tx)"),
        ("services.a.views", "from services.a import store\nstore.lock(tx)"),
    ],
)
def test_a_write_is_found_under_whichever_name_the_store_was_imported(module: str, source: str) -> None:
    assert len(list(writes_outside_use_cases(parsed({**AROUND, module: source})))) == 1


def test_reading_and_projecting_is_allowed() -> None:
    sources = {
        "services.a.routes": "from services.a import store\nstore.one(rows)",
        "services.a.consumers": "from services.a import store\nstore.save(tx)",
    }
    assert list(writes_outside_use_cases(parsed({**AROUND, **sources}))) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("services.a.rules", "from services.a.b import store"),
        ("services.a.store", "from services.a.b.use_cases import change"),
        ("services.a.use_cases", "from services.a.c import routes"),
        ("services.a.b.rules.cases", "def late():\n    import services.a.b.use_cases"),
    ],
)
def test_an_import_of_a_higher_layer_is_found(module: str, source: str) -> None:
    assert len(list(upward_imports(parsed({**AROUND, module: source})))) == 1


@pytest.mark.parametrize(
    "source", ["tx.fetch(statement)", "self._pool.execute(f'DELETE')", "rows.fetchval('SELECT 1')"]
)
def test_a_statement_outside_a_store_is_found(source: str) -> None:
    assert len(list(sql_outside_stores(parsed({"services.a.use_cases": source})))) == 1


def test_an_event_recorded_by_a_consumer_is_found() -> None:
    assert len(list(records_at_the_edge(parsed({"services.a.consumers": "transaction.record(event)"})))) == 1
