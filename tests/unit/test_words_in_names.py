"""Names use the field's standard words, so that a search for them finds the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("services", "gateway", "shared", "deploy", "tests")
# The standard word is at the right: what a reader of queues, workers and sessions searches for.
PRIVATE_WORDS = {
    "aftercare": "retry policy",
    "bury": "dead-letter",
    "desk": "intake",
    "door": "endpoint",
    "doors": "endpoints",
    "guest": "session",
    "heard": "received",
    "house": "environment",
    "hung": "installed",
    "innards": "internals",
    "lying": "waiting",
    "standing": "status",
    "standings": "statuses",
    "stranger": "other account",
    "strangers": "other accounts",
    "told": "event version",
    "workplace": "worker process",
    "workshop": "worker pool",
}


def words_of(name: str) -> set[str]:
    """Splits a name in snake or camel case into its words, in lower case."""
    return set(re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()))


def names_in(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yields every name that a module gives to something, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr


def private_names(source: str) -> list[str]:
    """Lists the names in a source that contain a private word."""
    return [
        f"{line} {name}" for line, name in names_in(ast.parse(source)) if words_of(name) & PRIVATE_WORDS.keys()
    ]


def test_a_private_word_is_found_in_every_kind_of_name() -> None:
    source = "class GuestBook:\n    def hung_up(self, heard): self.the_door = standings = heard\n"
    assert {found.split()[1] for found in private_names(source)} == {
        "GuestBook", "hung_up", "heard", "the_door", "standings",
    }  # fmt: skip


def test_a_longer_word_is_no_private_word() -> None:
    assert private_names("outstanding = warehouse = indoor = 1") == []


def test_names_use_the_words_of_the_field() -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{name}"
        for part in PARTS
        for path in sorted((ROOT / part).rglob("*.py"))
        if "node_modules" not in path.parts
        for name in [
            path.stem if words_of(path.stem) & PRIVATE_WORDS.keys() else "",
            *private_names(path.read_text()),
        ]
        if name
    ]
    assert found == []
