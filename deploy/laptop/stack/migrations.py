"""Which migrations the tables of a platform have seen, so that a start without new ones is quick."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from deploy.laptop.stack.plan import ROOT, Layout

FOLDERS = ("shared/postgres/migrations", "services/*/migrations", "gateway/migrations")


def up_to_date(layout: Layout) -> bool:
    """Whether the tables have seen exactly the migrations of this clone."""
    return layout.migrated.exists() and layout.migrated.read_text() == fingerprint(ROOT)


def note_up_to_date(layout: Layout) -> None:
    """Notes that the tables have seen the migrations of this clone."""
    layout.migrated.write_text(fingerprint(ROOT))


def fingerprint(root: Path) -> str:
    """A clone's migrations, by name and content."""
    digest = hashlib.sha256()
    for path in _files(root):
        digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _files(root: Path) -> Iterator[Path]:
    for pattern in FOLDERS:
        yield from sorted(root.glob(f"{pattern}/**/*.sql"))
