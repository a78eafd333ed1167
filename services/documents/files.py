"""The store of files: each under the SHA-256 of its content, in a local folder or on any S3, by one URL."""

import asyncio
import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

import obstore
from obstore.exceptions import (
    GenericError,
    JoinError,
    NotFoundError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import LocalStore, ObjectStore, from_url

from services.documents.problems import FileDamaged, FileUnknown

_MISSING = (NotFoundError, FileNotFoundError)  # a local folder raises the second
_PASSING = (GenericError, JoinError, PermissionDeniedError, UnauthenticatedError)
# A request waits for the answer, and a consumer tries again itself.
_RETRIES = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
_SHA256 = re.compile(r"[0-9a-f]{64}")


class FileStoreUnavailable(ConnectionError):
    """The store of files does not answer, is full or refuses the service's own login: a failure that passes."""


class FileStore:
    """Files by content: putting the same bytes twice keeps them once, reading verifies every byte."""

    def __init__(self, store: ObjectStore, folder: Path | None = None) -> None:
        self.store = store
        self._folder = folder

    @classmethod
    def at(cls, url: str, **settings: Any) -> Self:
        """The store at `file:///folder` (made if need be) or `s3://bucket/prefix`.

        `settings` are obstore's, such as `endpoint`, `region`, `access_key_id`, `secret_access_key`; for S3 the
        AWS_* variables of the environment count too. Raises ValueError for any other kind of URL.
        """
        if url.startswith("file:///"):
            folder = Path(url.removeprefix("file://"))
            return cls(LocalStore(folder, mkdir=True), folder)
        if url.startswith("s3://"):
            return cls(from_url(url, **{"retry_config": _RETRIES, **settings}))
        raise ValueError(f"files are kept at file:///folder or s3://bucket/prefix, not at {url!r}")

    async def put(self, content: bytes) -> str:
        """Keeps the content and returns its SHA-256; whole or not at all, and again without harm.

        Written even where it is there already: that mends a copy that was damaged.
        """
        sha256 = await asyncio.to_thread(_sha256, content)
        with _store_errors():
            await obstore.put_async(self.store, _place(sha256), content)
        if self._folder is not None:
            await asyncio.to_thread(_to_disk, self._folder / _place(sha256))
        return sha256

    async def get(self, sha256: str) -> bytes:
        """The content, verified; raises FileUnknown, or FileDamaged if a single bit has changed."""
        try:
            with _store_errors():
                stored = await obstore.get_async(self.store, _place(sha256))
                content = bytes(await stored.bytes_async())
        except _MISSING:
            raise FileUnknown from None
        if await asyncio.to_thread(_sha256, content) != sha256:
            raise FileDamaged
        return content

    async def get_range(self, sha256: str, start: int, end: int) -> bytes:
        """Part of the content, unverified: an archive's parts have checksums of their own; raises FileUnknown."""
        try:
            with _store_errors():
                return bytes(await obstore.get_range_async(self.store, _place(sha256), start=start, end=end))
        except _MISSING:
            raise FileUnknown from None

    async def has(self, sha256: str) -> bool:
        """Whether a file is kept under this SHA-256, unread."""
        try:
            with _store_errors():
                await obstore.head_async(self.store, _place(sha256))
        except _MISSING:
            return False
        return True

    async def delete(self, sha256: str) -> None:
        """Forgets the file; nothing happens if it is gone already."""
        try:
            with _store_errors():
                await obstore.delete_async(self.store, _place(sha256))
        except _MISSING:
            return


@contextmanager
def _store_errors() -> Iterator[None]:
    """Raises FileStoreUnavailable for the store's own failures."""
    try:
        yield
    except _PASSING as error:
        raise FileStoreUnavailable(str(error)) from error


def _to_disk(path: Path) -> None:
    """Makes sure that the file outlives a power cut: a receipt is given for it."""
    for one in (path, path.parent, path.parent.parent):
        descriptor = os.open(one, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _place(sha256: str) -> str:
    """Where it is kept: 256 folders, since some file systems slow down with a million names in one."""
    if not _SHA256.fullmatch(sha256):
        raise FileUnknown
    return f"{sha256[:2]}/{sha256}"
