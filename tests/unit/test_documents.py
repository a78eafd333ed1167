"""The documents are true of the code: the files, commands, settings, events and names that they mention exist."""

import json
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from shared.contracts.catalogue import EVENTS
from shared.messaging.topology import DURABLE_QUEUES
from tests.unit.test_words_in_names import PRIVATE_WORDS

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("services", "gateway", "shared", "deploy", "tests", "docs", ".ci")
FILES = sorted(
    path
    for path in (*ROOT.glob("*.*"), *(path for part in PARTS for path in (ROOT / part).rglob("*")))
    if path.is_file() and "node_modules" not in path.parts
)
SOURCE = "\n".join(path.read_text("utf-8") for path in FILES if path.suffix in (".py", ".sql"))
DOCUMENTS = [path for path in FILES if path.suffix == ".md"]
SERVICES = ("registry", "documents", "review", "coding", "agreements")

# What a running platform writes or serves.
GENERATED = re.compile(r"^(\.local/|platform\.json$|/api/)")
_CODE = re.compile(r"`([^`\n]+)`")
_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
_FILE = re.compile(r"^\.?[\w./-]+\.(py|md|json|yml|toml|sql|csv|html|js|css|in|txt)$")
_PATH = re.compile(r"^(services|gateway|shared|deploy|tests|docs)/[\w./-]+$")
_EVENT = re.compile(r"\b(?:registry|documents|review|coding|agreements)\.[a-z]+\.[a-z-]+\.v\d+\b")

documents = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=[path.relative_to(ROOT).as_posix() for path in DOCUMENTS]
)


def code_spans(document: Path) -> list[str]:
    """The code spans of a document, fenced blocks left out."""
    return _CODE.findall(_FENCED.sub("", document.read_text("utf-8")))


def prose(document: Path) -> str:
    """A document without its code and its addresses of links."""
    return re.sub(r"\]\([^)]*\)", "]", _CODE.sub("", _FENCED.sub("", document.read_text("utf-8"))))


def names_a_path(span: str) -> bool:
    """Whether a code span is a file name, or a path below one of the project's folders."""
    return bool(_FILE.match(span) or _PATH.match(span))


def exists(span: str, document: Path) -> bool:
    """Whether a path exists below the root or, at any depth, below the folder that the document describes."""
    described = ROOT if document.parent.is_relative_to(ROOT / "docs") else document.parent
    return (
        (ROOT / span).exists()
        or (document.parent / span).exists()
        or any(path.is_relative_to(described) and path.as_posix().endswith(f"/{span}") for path in FILES)
    )


@documents
def test_every_linked_file_exists(document: Path) -> None:
    links = _LINK.findall(document.read_text("utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


@documents
def test_every_path_exists(document: Path) -> None:
    paths = {span for span in code_spans(document) if names_a_path(span) and not GENERATED.match(span)}
    assert {span for span in paths if not exists(span, document)} == set()


@documents
def test_every_command_exists(document: Path) -> None:
    text = document.read_text("utf-8")
    targets = set(re.findall(r"^[a-z -]+(?=:)", (ROOT / "Makefile").read_text(), re.MULTILINE)[-1].split())
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)) - targets == set()
    modules = {name.rstrip(".") for name in re.findall(r"python3? -m ([a-z_.]+)", text)}
    assert {name for name in modules if find_spec(name) is None} == set()


@documents
def test_every_event_exists(document: Path) -> None:
    assert set(_EVENT.findall(document.read_text("utf-8"))) - EVENTS.keys() == set()


@documents
def test_every_setting_exists(document: Path) -> None:
    settings = set(re.findall(r"\b(?:FUMA|DOCUMENTS)_[A-Z_]+[A-Z]\b", document.read_text("utf-8")))
    assert {name for name in settings if name not in SOURCE and f" {name[5:].lower()}: " not in SOURCE} == set()


@documents
def test_documents_use_the_words_of_the_field(document: Path) -> None:
    assert set(re.findall(r"[a-z]+", prose(document).lower())) & PRIVATE_WORDS.keys() == set()


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_lists_the_events_that_it_receives_and_publishes(service: str) -> None:
    bindings: dict[str, str] = json.loads(DURABLE_QUEUES.read_text())
    received = {key.removesuffix(".#") for queue, key in bindings.items() if queue.startswith(f"{service}.")}
    published = {name for name in EVENTS if name.startswith(f"{service}.")}
    text = (ROOT / "services" / service / "README.md").read_text("utf-8")
    # A list may shorten `review.case.returned.v1` to `.returned.v1`.
    short = {name: ".".join(name.split(".")[-2:]) for name in received | published}
    assert {
        name for name, end in short.items() if not any(one in text for one in (name, f"`.{end}`", f"`….{end}`"))
    } == set()


def test_the_names_of_the_glossary_exist() -> None:
    rows = re.findall(r"^\|.*\|([^|]+)\|$", (ROOT / "docs" / "glossary.md").read_text("utf-8"), re.MULTILINE)
    names = {span for row in rows for span in _CODE.findall(row) if "/" not in span}
    assert names
    assert {name for name in names if name.rsplit(".", 1)[-1] not in SOURCE} == set()
