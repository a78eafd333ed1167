"""Zip archives as old and new programs write them."""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from io import BytesIO

from services.documents.archives.rules import ZipEntry
from services.documents.archives.unpacking import entries_of
from services.documents.archives.zip_file import DIRECTORY_BYTES, list_entries


def zip_of(files: Iterable[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of files by their paths, with names in UTF-8 that say so."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for path, content in files:
            archive.writestr(zipfile.ZipInfo(path, (2024, 1, 1, 0, 0, 0)), content, method)
    return out.getvalue()


def raw_zip(name: bytes, content: bytes, *, extra: bytes = b"", flags: int = 0, system: int = 0) -> bytes:
    """A zip of one stored file whose name is these bytes, as a program without Unicode writes it.

    `system` is 0 for Windows and 3 for Unix.
    """
    crc, size = zlib.crc32(content), len(content)
    common = struct.pack("<HHHHHIIIHH", 20, flags, 0, 0, 0x21, crc, size, size, len(name), len(extra))
    local = b"PK\x03\x04" + common + name + extra + content
    central = b"PK\x01\x02" + struct.pack("<BB", 20, system) + common + bytes(14) + name + extra
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def unicode_path(name: str, raw: bytes) -> bytes:
    """Info-ZIP's extra field with a name in UTF-8 beside the bytes of the header."""
    data = struct.pack("<BI", 1, zlib.crc32(raw)) + name.encode()
    return struct.pack("<HH", 0x7075, len(data)) + data


def listed(archive: bytes) -> Sequence[ZipEntry]:
    """The files that the archive lists, as the service learns of them."""
    return entries_of(list_entries(archive[-DIRECTORY_BYTES:], len(archive)))
