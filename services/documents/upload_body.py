"""Receives the body of an upload: files on disk beyond a first megabyte, and never more than the limit."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile

import aiohttp
from aiohttp import BodyPartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError

from services.documents.file_names import filename_of
from services.documents.pdf.problems import NothingUploaded
from services.documents.problems import TooManyFiles, UploadInterrupted, UploadMalformed
from shared.web.problems import BodyTooLarge

MULTIPART = "multipart/form-data"
MEDIA_TYPES = ("application/pdf", "image/jpeg", "image/png", "image/heic", MULTIPART)
FILE_LIMIT = 60
# The most that the setting `upload_bytes` may allow; what it does allow, the intake sees to.
LARGEST_UPLOAD = 256 * 1024 * 1024
_PART = "file"
_PIECE = 64 * 1024
_IN_MEMORY = 1024 * 1024
_RECEIVING_SECONDS = 300
_INTERRUPTIONS = (TimeoutError, aiohttp.ClientError, web.RequestPayloadError, HttpProcessingError, ConnectionError)


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file that was received, and the name that it came with."""

    name: str | None
    spool: "SpooledTemporaryFile[bytes]"

    def content(self) -> bytes:
        """The whole file."""
        self.spool.seek(0)
        return self.spool.read()


@dataclass(slots=True)
class UploadBody:
    """The files of one request in their order; `fingerprint` tells this upload from every other."""

    limit: int
    spools: ExitStack
    files: list[ReceivedFile] = field(default_factory=list)
    size: int = 0
    _seen: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @property
    def name(self) -> str:
        """The name of the first file that came with one."""
        return next((one.name for one in self.files if one.name), "")

    @property
    def fingerprint(self) -> bytes:
        """The SHA-256 of names and contents."""
        return self._seen.digest()

    async def receive(self, request: web.Request) -> None:
        """Receives the body: the `file` parts of a form, or one file as it is.

        What a file is, its content says: browsers take the type from whichever program is installed for it.
        """
        if request.content_type == MULTIPART:
            await self._receive_form(request)
        else:
            await self._receive_file(None, request.content.iter_chunked(_PIECE))
        NothingUploaded.unless(self.size)

    async def _receive_form(self, request: web.Request) -> None:
        parts = 0
        async for part in await request.multipart():
            parts += 1
            TooManyFiles.unless(parts <= FILE_LIMIT, limit=FILE_LIMIT)
            if not isinstance(part, BodyPartReader):
                raise UploadMalformed
            if part.name == _PART:
                await self._receive_file(
                    filename_of(part.headers.get(hdrs.CONTENT_DISPOSITION, "")), _pieces(part)
                )
            else:
                await self._skip(part)

    async def _receive_file(self, name: str | None, pieces: AsyncIterator[bytes]) -> None:
        spool = self.spools.enter_context(SpooledTemporaryFile(max_size=_IN_MEMORY))  # noqa: SIM115 - it is one
        digest = hashlib.sha256()
        async for piece in pieces:
            self._count(piece)
            digest.update(piece)
            spool.write(piece)
        self._seen.update(repr(name).encode() + digest.digest())
        self.files.append(ReceivedFile(name, spool))

    async def _skip(self, part: BodyPartReader) -> None:
        async for piece in _pieces(part):
            self._count(piece)

    def _count(self, piece: bytes) -> None:
        self.size += len(piece)
        BodyTooLarge.unless(self.size <= self.limit, limit_mb=self.limit // (1024 * 1024))


async def _pieces(part: BodyPartReader) -> AsyncIterator[bytes]:
    while piece := await part.read_chunk(_PIECE):
        yield piece


@asynccontextmanager
async def receive_upload(request: web.Request, limit: int) -> AsyncIterator[UploadBody]:
    """The upload, on disk for as long as it is worked on; `limit` in bytes for the whole request.

    Raises BodyTooLarge as soon as it is, UploadInterrupted, UploadMalformed,
    TooManyFiles, NothingUploaded.
    """
    with ExitStack() as spools:
        body = UploadBody(limit, spools)
        try:
            async with asyncio.timeout(_RECEIVING_SECONDS):
                await body.receive(request)
        except _INTERRUPTIONS as error:
            raise UploadInterrupted from error
        except ValueError as error:
            raise UploadMalformed from error
        yield body
