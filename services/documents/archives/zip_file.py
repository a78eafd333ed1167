"""Reads a zip archive in a worker: its directory from its end, and one entry from its own bytes.

The service sends the worker no more of an archive than that: an archive is never unpacked as a whole, and no
path in it is ever used as one. See APPNOTE.TXT of PKWARE for the format, and its 4.6.9 for names in Unicode.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator

import orjson

from services.documents.archives.problems import (
    ArchiveEmpty,
    ArchiveEntryDamaged,
    ArchiveExpandsTooFar,
    ArchiveHasTooManyFiles,
    ArchiveNotReadable,
)
from services.documents.archives.rules import STORED, ZipEntry
from services.documents.pdf.pages import PdfFile, Upload, accept
from shared.workers.results import RawBytes

MEGABYTE = 1024 * 1024
DIRECTORY_BYTES = 4 * MEGABYTE
FILE_LIMIT = 3000
EXPANDED_LIMIT = 2048 * MEGABYTE
LONGEST_PATH = 400
# A header, a name and extra fields, which are counted in 16 bits each.
HEADER_BYTES = 30 + 2 * 0xFFFF
_HEADER = struct.Struct("<4s22xHH")
_HEADER_SIGNATURE = b"PK\x03\x04"
_EXTRA_HEAD, _UNICODE_PATH = struct.Struct("<HH"), 0x7075
_UNICODE_HEAD = struct.Struct("<BI")
_ENCRYPTED, _UTF_8 = 0x0001, 0x0800
_UNIX = 3
# What UTF-8 writes in three bytes or more, as all Chinese characters; GBK in pairs reads as UTF-8 below it.
_FIRST_IN_THREE_BYTES = "\u0800"
_LEFT_BY_SYSTEMS = {"thumbs.db", "desktop.ini", ".ds_store"}


class _End:
    """The end of a file as zipfile reads it; what lies before it is not there."""

    def __init__(self, end: bytes, size: int) -> None:
        self._end = end
        self._start = size - len(end)
        self._size = size
        self._at = 0

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        if self._at < 0:
            raise OSError("before the beginning")
        return self._at

    def read(self, count: int = -1) -> bytes:
        if self._at < self._start:
            raise zipfile.BadZipFile("the directory is too long")
        start = self._at - self._start
        piece = self._end[start:] if count < 0 else self._end[start : start + count]
        self._at += len(piece)
        return piece


def list_entries(end: bytes, size: int) -> RawBytes:
    """The files that an archive of that size lists at its end, as JSON; those that systems leave are left out."""
    try:
        with zipfile.ZipFile(_End(end, size)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, struct.error, UnicodeError, NotImplementedError):
        raise ArchiveNotReadable from None
    entries = [_entry(info) for info in infos if _is_wanted(_path_of(info))]
    ArchiveEmpty.unless(entries)
    ArchiveHasTooManyFiles.unless(len(entries) <= FILE_LIMIT, files=len(entries), limit=FILE_LIMIT)
    expanded = sum(one.size for one in entries)
    ArchiveExpandsTooFar.unless(
        expanded <= EXPANDED_LIMIT, megabytes=expanded // MEGABYTE, limit_mb=EXPANDED_LIMIT // MEGABYTE
    )
    return orjson.dumps(entries)


def accept_entry(raw: bytes, entry: ZipEntry) -> PdfFile:
    """The paper in an entry, taken in like a single upload; `raw` begins with the entry's header."""
    return accept([Upload(content_of(raw, entry))])


def content_of(raw: bytes, entry: ZipEntry) -> bytes:
    """An entry's content, of exactly the size and checksum that are listed; never unpacked beyond that size."""
    try:
        signature, name_length, extra_length = _HEADER.unpack_from(raw)
        start = _HEADER.size + name_length + extra_length
        packed = raw[start : start + entry.packed]
        content = packed if entry.method == STORED else _inflated(packed, entry.size)
    except (struct.error, zlib.error):
        raise ArchiveEntryDamaged from None
    ArchiveEntryDamaged.unless(
        signature == _HEADER_SIGNATURE and len(content) == entry.size and zlib.crc32(content) == entry.crc
    )
    return content


def _inflated(packed: bytes, size: int) -> bytes:
    return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, size + 1)


def _entry(info: zipfile.ZipInfo) -> ZipEntry:
    return ZipEntry(
        path=_path_of(info),
        offset=max(0, info.header_offset),
        packed=info.compress_size,
        size=info.file_size,
        crc=info.CRC,
        method=info.compress_type,
        encrypted=bool(info.flag_bits & _ENCRYPTED),
    )


def _path_of(info: zipfile.ZipInfo) -> str:
    """The path in readable characters: in UTF-8 where the entry says so, else as its bytes decode."""
    if info.flag_bits & _UTF_8:
        path = info.orig_filename
    else:
        raw = info.orig_filename.encode("cp437")  # zipfile's reading of bytes in no named encoding
        path = _unicode_path(info.extra, raw) or _decoded(raw, on_unix=info.create_system == _UNIX)
    shown = "".join(char for char in path.replace("\\", "/") if char.isprintable())
    return shown[-LONGEST_PATH:]


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """The path of Info-ZIP's extra field, if it is that of these bytes."""
    for kind, data in _extra_fields(extra):
        if kind == _UNICODE_PATH and len(data) > _UNICODE_HEAD.size:
            version, crc = _UNICODE_HEAD.unpack_from(data)
            if version == 1 and crc == zlib.crc32(raw):
                return data[_UNICODE_HEAD.size :].decode("utf-8", "replace")
    return None


def _extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _EXTRA_HEAD.size <= len(extra):
        kind, length = _EXTRA_HEAD.unpack_from(extra, at)
        at += _EXTRA_HEAD.size
        yield kind, extra[at : at + length]
        at += length


def _decoded(raw: bytes, *, on_unix: bool) -> str:
    """A name in no named encoding: macOS and Linux write UTF-8, Windows in China GBK.

    Some names are valid in both ("证" in GBK is a Hebrew accent in UTF-8): there the system decides.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")  # holds all of GBK
    if text.isascii() or on_unix or any(char >= _FIRST_IN_THREE_BYTES for char in text):
        return text
    return raw.decode("gb18030", "replace")


def _is_wanted(path: str) -> bool:
    """Whether it is a file of the user's, and not a folder or what macOS and Windows leave beside files."""
    *folders, name = path.split("/")
    left = name.lower() in _LEFT_BY_SYSTEMS or name.startswith("._") or "__MACOSX" in folders
    return bool(name) and not left
