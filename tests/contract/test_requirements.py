"""Every requirement ID has a row in docs/requirements.md, which names the tests that are marked with it."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator

from tests.contract.declarations import ROOT

_ROW = re.compile(r"^\| (?P<id>[A-Z]{3}-[0-9]+) \| (?P<text>.+) \| (?P<shown>.+) \|$", re.MULTILINE)
_LINK = re.compile(r"\]\(\.\./([^)]+)\)")
_MENTIONED = re.compile(r"\b(?:ACC|AUT|INS|PHA|STA|IMP|REV|COD|AGR|REG|CAT|INT|HLP)-[0-9]+\b")
_ROWS = {row["id"]: row["shown"] for row in _ROW.finditer((ROOT / "docs" / "requirements.md").read_text("utf-8"))}


def marked() -> Iterator[tuple[str, str]]:
    """Every requirement that a test is marked with, and the file of the test."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("mark.requirement"):
                for argument in node.args:
                    yield ast.literal_eval(argument), path.relative_to(ROOT).as_posix()


def test_every_row_names_the_tests_that_are_marked_with_it() -> None:
    files = defaultdict(set)
    for requirement, file in marked():
        files[requirement].add(file)
    missing = {one: sorted(found - set(_LINK.findall(_ROWS[one]))) for one, found in sorted(files.items())}
    assert {one: found for one, found in missing.items() if found} == {}, (
        "name these tests in docs/requirements.md"
    )


def test_every_row_names_tests_that_exist_or_is_planned() -> None:
    for requirement, shown in _ROWS.items():
        tests = _LINK.findall(shown)
        assert bool(tests) is ("*planned*" not in shown), requirement
        assert [test for test in tests if not (ROOT / test).exists()] == [], requirement


def test_every_requirement_that_the_code_mentions_has_a_row() -> None:
    unknown = {
        f"{path.relative_to(ROOT)}: {found}"
        for part in ("services", "gateway", "shared", "deploy", "tests")
        for path in (ROOT / part).rglob("*.py")
        for found in _MENTIONED.findall(path.read_text("utf-8"))
        if found not in _ROWS
    }
    assert unknown == set()
