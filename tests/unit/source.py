"""The source of our code as the tests of its architecture read it: modules, imports, calls, uses of stores."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("services", "gateway", "shared", "deploy")
SERVICES = sorted(path.name for path in (ROOT / "services").iterdir() if (path / "composition.py").exists())

Modules = Mapping[str, ast.Module]


@cache
def modules(*parts: str) -> Modules:
    """Returns the modules of these parts, by their names."""
    return {
        name_of(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8"), str(path))
        for part in parts
        for path in sorted((ROOT / part).rglob("*.py"))
        if not {"node_modules", "__pycache__"} & set(path.parts)
    }


def name_of(path: Path) -> str:
    """Returns a module's name, such as `services.coding.rules`."""
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def parsed(sources: Mapping[str, str]) -> Modules:
    """Parses sources that a test made up, by the names of their modules."""
    return {name: ast.parse(source) for name, source in sources.items()}


def words_of(name: str) -> set[str]:
    """Returns the names of a module and of the packages around it."""
    return set(name.split("."))


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yields what a module imports, with the line: `a.b` for `import a.b`, `a.b.c` for `from a.b import c`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def imports_of(name: str, among: Modules) -> Iterator[tuple[int, str]]:
    """Yields which of our modules a module imports, with the line; a name in a module counts as that module."""
    for line, found in imported(among[name]):
        if found in among:
            yield line, found
        elif (parent := found.rpartition(".")[0]) in among:
            yield line, parent


def calls(tree: ast.Module) -> Iterator[tuple[ast.Call, str, str]]:
    """Yields every call, with what it is called on and the name of the function: `tx`, `record`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, ast.unparse(node.func.value), node.func.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node, "", node.func.id


def names_in(tree: ast.Module, found: Modules) -> dict[str, str]:
    """Returns which modules of ours, or names in them, local names stand for: `store`: `services.coding.store`."""
    local: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            local.update({alias.asname or alias.name: alias.name for alias in node.names})
        elif isinstance(node, ast.ImportFrom) and node.module:
            local.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return {name: full for name, full in local.items() if full in found or full.rpartition(".")[0] in found}


def uses(tree: ast.Module, found: Modules) -> Iterator[tuple[int, str]]:
    """Yields every use of what is imported from modules of ours, with the line: `services.coding.store.save`."""
    local = names_in(tree, found)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (full := local.get(ast.unparse(node.value))):
            yield node.lineno, f"{full}.{node.attr}"
        elif isinstance(node, ast.Name) and (full := local.get(node.id)):
            yield node.lineno, full
