"""What is checked of a PDF before anything of it is kept or rendered."""

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pypdf import PdfReader
from pypdf.errors import LimitReachedError, PdfReadError, PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from services.documents.pdf.errors import (
    DecompressionBomb,
    NotAPdf,
    PageTooLarge,
    PdfCarriesActiveContent,
    PdfEncrypted,
    PictureTooLarge,
    TooManyPages,
)

_HEADER_WITHIN = 1024
_LONGEST_SIDE = 14_400  # points: the largest page that the PDF standard allows (ISO 32000-1, annex C)
_SHORTEST_SIDE = 3
_OBJECT_LIMIT = 200_000
_CHUNK = 1024 * 1024
# An action's kind, a dictionary's key or an annotation's kind, and how it is told to the user.
_ACTIVE_KINDS = {"/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition"}
_ACTIVE_KEYS = {"/JavaScript", "/JS", "/EmbeddedFiles", "/EF", "/XFA"}
_ACTIVE_TYPES = {"/EmbeddedFile", "/FileAttachment", "/RichMedia", "/Movie", "/Screen", "/Sound", "/3D"}
_FLATE = {"/FlateDecode", "/Fl"}


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """How much of an upload is taken: pages, pixels of a picture, bytes that streams inflate to, CPU time."""

    pages: int = 200
    picture_pixels: int = 64_000_000
    unfolded_bytes: int = 512 * 1024 * 1024
    cpu_seconds: float = 8.0


def looks_like_pdf(content: bytes) -> bool:
    """Whether the file claims to be a PDF; the mark may stand a little after the beginning."""
    return b"%PDF-" in content[:_HEADER_WITHIN]


def inspect_pdf(content: bytes, limits: PdfLimits) -> PdfReader:
    """The opened PDF, if it is whole, unprotected, passive and of bounded size; else the rule that it breaks."""
    if not looks_like_pdf(content):
        raise NotAPdf
    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted:
            raise PdfEncrypted
        _check_pages(reader, limits)
        _check_objects(reader, limits)
    except LimitReachedError as problem:
        raise DecompressionBomb from problem
    except (PyPdfError, RecursionError, ValueError, KeyError, TypeError, AttributeError, IndexError) as problem:
        raise NotAPdf from problem
    return reader


def _check_pages(reader: PdfReader, limits: PdfLimits) -> None:
    claimed = reader.root_object["/Pages"].get_object()
    count = claimed.get("/Count", 0) if isinstance(claimed, DictionaryObject) else 0
    if isinstance(count, int) and count > limits.pages:
        raise TooManyPages(pages=int(count), limit=limits.pages)
    pages = len(reader.pages)
    if pages > limits.pages:
        raise TooManyPages(pages=pages, limit=limits.pages)
    if pages == 0:
        raise PdfReadError("no page")
    for number, page in enumerate(reader.pages, start=1):
        sides = (float(page.mediabox.width), float(page.mediabox.height))
        if not all(_SHORTEST_SIDE <= abs(side) * page.user_unit <= _LONGEST_SIDE for side in sides):
            raise PageTooLarge(page=number)


def _check_objects(reader: PdfReader, limits: PdfLimits) -> None:
    """Walks everything that can be reached from the trailer; nothing is unfolded in memory."""
    unfolded = 0
    for thing in _reachable(reader):
        _refuse_active(thing)
        if isinstance(thing, StreamObject):
            _check_picture(thing, limits)
            unfolded += _unfolded_size(thing, limits.unfolded_bytes - unfolded)


def _reachable(reader: PdfReader) -> Iterator[DictionaryObject]:
    seen: set[int] = set()
    waiting: list[Any] = [reader.trailer]
    visited = 0
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, IndirectObject):
            if thing.idnum in seen:
                continue
            seen.add(thing.idnum)
            thing = thing.get_object()
        visited += 1
        if visited > _OBJECT_LIMIT * 10 or len(seen) > _OBJECT_LIMIT:
            raise DecompressionBomb
        if isinstance(thing, DictionaryObject):
            yield thing
            waiting.extend(_raw_values(thing))
        elif isinstance(thing, ArrayObject):
            waiting.extend(list.__iter__(thing))


def _raw_values(thing: DictionaryObject) -> Iterator[Any]:
    """The values as they stand, references unresolved; numbers and names lead nowhere."""
    return (value for value in dict.values(thing) if isinstance(value, IndirectObject | DictionaryObject | list))


def _refuse_active(thing: DictionaryObject) -> None:
    keys = _ACTIVE_KEYS.intersection(thing)
    named = {str(thing.get(key)) for key in ("/S", "/Subtype", "/Type")}
    found = keys | (named & (_ACTIVE_KINDS | _ACTIVE_TYPES))
    if found:
        raise PdfCarriesActiveContent(found=", ".join(sorted(found)))


def _check_picture(stream: StreamObject, limits: PdfLimits) -> None:
    if stream.get("/Subtype") != "/Image":
        return
    width, height = (int(stream.get(side, 0)) for side in ("/Width", "/Height"))
    if width * height > limits.picture_pixels:
        raise PictureTooLarge(width=width, height=height, limit_megapixels=limits.picture_pixels // 1_000_000)


def _unfolded_size(stream: StreamObject, room: int) -> int:
    """How large a deflated stream becomes, counted piece by piece; filters before or after it add little."""
    filters = stream.get("/Filter")
    names = [str(name) for name in (filters if isinstance(filters, ArrayObject) else [filters])]
    layers = sum(name in _FLATE for name in names)
    if not layers or names[0] not in _FLATE:
        return 0
    pieces: Iterator[bytes] = iter([stream._data])  # noqa: SLF001 - the only way to the raw bytes
    for _ in range(layers):
        pieces = _inflated(pieces)
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > room:
            raise DecompressionBomb
    return size


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces inflated, never more than one chunk at a time; damaged data ends it, as it ends every reader."""
    machine = zlib.decompressobj()
    for piece in pieces:
        rest = piece
        while rest and not machine.eof:
            try:
                out = machine.decompress(rest, _CHUNK)
            except zlib.error:
                return
            yield out
            rest = machine.unconsumed_tail
