"""Rules and forms are pure wherever they lie, and so is all of ours that they import."""

import ast
from collections.abc import Iterator

import pytest

from tests.unit.source import PARTS, Modules, calls, imported, imports_of, modules, parsed, words_of

PURE = {"rules", "form", "forms", "filings", "formats", "problems"}
OUTSIDE = {
    "aio_pika", "aiohttp", "asyncio", "asyncpg", "faststream", "http", "importlib", "io", "multiprocessing",
    "obstore", "os", "pathlib", "random", "requests", "secrets", "shutil", "socket", "structlog", "subprocess",
    "threading", "time", "urllib",
}  # fmt: skip
OF_OURS = ("shared.clock.Clock", "shared.clock.utc_now", "shared.ids", "shared.messaging", "shared.observability",
           "shared.postgres", "shared.service", "shared.settings", "shared.web")  # fmt: skip
# What a module of ours may do that a rule imports a name of: read a file of data at the start, for instance.
NEARBY = {"asyncio", "http", "importlib", "io", "os", "pathlib", "secrets"}
# Words for a time, and random values.
UNFORESEEN = {"now", "utcnow", "today", "utc_now", "uuid1", "uuid4", "new_id", "open"}
# Reads the dictionaries' files once, at the start.
READER = "shared.forms.dictionaries"


def is_pure(name: str) -> bool:
    """Whether a module has to be pure: a rule, a form, or what they are made of."""
    is_named_so = bool(words_of(name) & PURE) or name.startswith("shared.identifiers.")
    return is_named_so and "routes" not in words_of(name) and name != READER


def impure_imports(found: Modules) -> Iterator[str]:
    """Yields the imports of pure modules that lead outside, at once or through other modules of ours."""
    for name in filter(is_pure, found):
        yield from (f"{name}:{line} {one}" for line, one in imported(found[name]) if leads_outside(one))
        reached = [one for _, one in imports_of(name, found)]
        for module in reached:
            reached.extend({one for _, one in imports_of(module, found)} - {*reached, name})
            yield from (
                f"{name} through {module}:{line} {one}"
                for line, one in imported(found[module])
                if leads_outside(one) and one.split(".")[0] not in NEARBY
            )


def leads_outside(name: str) -> bool:
    """Whether an import is one of the world outside: I/O, a clock, chance."""
    is_ours = f"{name}.".startswith(tuple(f"{one}." for one in OF_OURS))
    return name.split(".", maxsplit=1)[0] in OUTSIDE or (is_ours and not name.startswith("shared.web.problems."))


def unforeseen(found: Modules) -> Iterator[str]:
    """Yields the calls of pure modules that do not depend on their arguments alone, and what waits."""
    for name in filter(is_pure, found):
        yield from (
            f"{name}:{call.lineno} {called}" for call, _, called in calls(found[name]) if called in UNFORESEEN
        )
        for node in ast.walk(found[name]):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.Global):
                yield f"{name}:{node.lineno} {type(node).__name__}"


def test_rules_and_forms_touch_nothing_outside() -> None:
    assert list(impure_imports(modules(*PARTS))) == []


def test_rules_and_forms_depend_on_their_arguments_alone() -> None:
    assert list(unforeseen(modules(*PARTS))) == []


def test_there_are_rules_in_every_part() -> None:
    pure = {name.split(".")[0] for name in filter(is_pure, modules(*PARTS))}
    assert {"services", "gateway", "shared"} <= pure


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("services.coding.rules", "import asyncpg"),
        ("services.coding.rules", "from shared import postgres"),
        ("services.coding.rules", "from shared.postgres.transaction import Rows"),
        ("services.review.rules.life_cycle", "def decided():\n    from shared.clock import utc_now"),
        ("services.registry.institutions.form", "from os import environ"),
        ("services.registry.filings", "from services.registry.accounts import store"),
        ("shared.jobs.rules", "from gateway.feed import sending"),
    ],
)
def test_an_import_that_leads_outside_is_found(module: str, source: str) -> None:
    around = {
        "services.registry.accounts.store": "from shared.postgres.transaction import Rows",
        "gateway.feed.sending": "import aiohttp",
        "services.coding.routes": "import aiohttp",
    }
    assert len(list(impure_imports(parsed({module: source, **around})))) == 1


@pytest.mark.parametrize("source", ["datetime.now()", "utc_now()", "uuid4()", "open('x')", "async def f(): ..."])
def test_a_call_with_another_result_each_time_is_found(source: str) -> None:
    assert len(list(unforeseen(parsed({"services.coding.rules": source, "services.coding.routes": source})))) == 1
