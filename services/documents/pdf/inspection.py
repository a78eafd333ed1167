"""What is checked of a PDF before anything of it is kept or rendered."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from PIL import Image
from pypdf import PasswordType, PdfReader, PdfWriter
from pypdf.errors import LimitReachedError, PdfReadError, PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from services.documents.pdf.active_content import Place, place_below, refuse_active
from services.documents.pdf.drawing_cost import check_drawing
from services.documents.pdf.pictures import check_scans
from services.documents.pdf.problems import (
    DecompressionBomb,
    NotAPdf,
    PageTooLarge,
    PdfEncrypted,
    PictureTooLarge,
    TooManyPages,
)
from services.documents.pdf.stream_filters import decoded, decoded_size

_HEADER = b"%PDF-"
_END = b"%%EOF"
_BLANKS = b"\0\t\n\x0c\r "
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_HEADER_WITHIN = 1024
# The record that ends a ZIP, and how far from a file's end it may stand (APPNOTE 4.3.16: 22 bytes and a comment).
_ZIP_END, _ZIP_END_WITHIN = b"PK\x05\x06", 22 + 0xFFFF
_LONGEST_SIDE = 14_400  # points: the largest page that the PDF standard allows (ISO 32000-1, annex C)
_SHORTEST_SIDE = 3
_OBJECT_LIMIT = 200_000
_CODED_PICTURES = {"/DCTDecode": "JPEG", "/DCT": "JPEG", "/JPXDecode": "JPEG2000"}
# What pypdf and this module meet in the objects of a damaged file; anything else is a mistake of ours.
_DAMAGED: Final = (
    *(PyPdfError, RecursionError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError),
    *(AssertionError, NotImplementedError, OSError, zlib.error, struct.error),
)


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """How much of an upload is taken: pages, pixels of a picture, bytes that streams inflate to, CPU time."""

    pages: int = 200
    picture_pixels: int = 64_000_000
    unfolded_bytes: int = 512 * 1024 * 1024
    cpu_seconds: float = 8.0


@dataclass(frozen=True, slots=True)
class InspectedPdf:
    """A PDF that has passed, open for reading; where it came encrypted, what is read is the decrypted copy."""

    reader: PdfReader
    was_encrypted: bool


def looks_like_pdf(content: bytes) -> bool:
    """Whether the file begins as a PDF does, after blanks at most: what begins otherwise is some other format.

    Readers look for the header in the first kilobyte, so that one file can be a PDF to them and a ZIP to others.
    """
    return _beginning(content).startswith(_HEADER)


def is_pure(content: bytes) -> bool:
    """Whether the PDF is nothing else besides: it begins and ends as one, and no ZIP ends in it."""
    ends = content.rstrip(_BLANKS).endswith(_END)
    return content.startswith(_HEADER) and ends and _ZIP_END not in content[-_ZIP_END_WITHIN:]


def inspect_pdf(content: bytes, limits: PdfLimits) -> InspectedPdf:
    """The opened PDF, if it is whole, passive and of bounded size; else the rule that it breaks.

    One that may be read without a password is decrypted first: a password against changes is common in offices.
    """
    if not looks_like_pdf(content):
        raise NotAPdf
    with damage_refused():
        reader = PdfReader(io.BytesIO(content))
        encrypted = reader.is_encrypted
        if encrypted:
            reader = _decrypted(reader)
        _check_pages(reader, limits)
        _check_objects(reader, limits)
        for number, page in enumerate(reader.pages, start=1):
            check_drawing(page, number)
    return InspectedPdf(reader, encrypted)


@contextmanager
def damage_refused() -> Iterator[None]:
    """What breaks over a file's objects is told as a damaged file, what exceeds pypdf's own bounds as a bomb."""
    try:
        yield
    except LimitReachedError as problem:
        raise DecompressionBomb from problem
    except _DAMAGED as problem:
        raise NotAPdf from problem


def _beginning(content: bytes) -> bytes:
    return content[:_HEADER_WITHIN].removeprefix(_BYTE_ORDER_MARK).lstrip(_BLANKS)


def _decrypted(reader: PdfReader) -> PdfReader:
    try:
        opens = reader.decrypt("") is not PasswordType.NOT_DECRYPTED
    except NotImplementedError as problem:  # a handler of certificates or rights, which pypdf does not know
        raise PdfEncrypted from problem
    if not opens:
        raise PdfEncrypted
    plain = io.BytesIO()
    PdfWriter(clone_from=reader).write(plain)
    return PdfReader(plain)


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
    """Walks everything that can be reached from the trailer; no stream is held in memory behind its filters."""
    remaining, counted = limits.unfolded_bytes, set[int]()
    for thing, place in _reachable(reader):
        refuse_active(thing, place)
        if isinstance(thing, StreamObject) and id(thing) not in counted:
            counted.add(id(thing))
            _check_picture(thing, limits)
            remaining -= decoded_size(thing, remaining)


def _reachable(reader: PdfReader) -> Iterator[tuple[DictionaryObject, Place]]:
    """Every dictionary, once for each place in which readers find it."""
    seen: set[tuple[int, Place]] = set()
    waiting: list[tuple[Any, Place]] = [(reader.trailer, Place.PLAIN)]
    visited = 0
    while waiting:
        thing, place = waiting.pop()
        if isinstance(thing, IndirectObject):
            if (thing.idnum, place) in seen:
                continue
            seen.add((thing.idnum, place))
            thing = thing.get_object()
        visited += 1
        if visited > _OBJECT_LIMIT * 10 or len(seen) > _OBJECT_LIMIT:
            raise DecompressionBomb
        if isinstance(thing, StreamObject) and place is Place.NAMES:
            place = Place.PLAIN  # an appearance without states: the drawing itself, not a dictionary of names
        if isinstance(thing, DictionaryObject):
            yield thing, place
            waiting.extend((value, place_below(place, key)) for key, value in _raw_items(thing))
        elif isinstance(thing, ArrayObject):
            waiting.extend((value, place) for value in list.__iter__(thing))


def _raw_items(thing: DictionaryObject) -> Iterator[tuple[str, Any]]:
    """The values as they stand, references unresolved; numbers and names lead nowhere."""
    leading = (IndirectObject, DictionaryObject, ArrayObject)
    return ((key, value) for key, value in dict.items(thing) if isinstance(value, leading))


def _check_picture(stream: StreamObject, limits: PdfLimits) -> None:
    """Both the size that the dictionary claims and the one in the picture's own header: readers believe either."""
    if stream.get("/Subtype") != "/Image":
        return
    _check_size(int(stream.get("/Width", 0)), int(stream.get("/Height", 0)), limits)
    filters: Any = stream.get("/Filter")
    last = filters[-1] if isinstance(filters, ArrayObject) and filters else filters
    if coded := _CODED_PICTURES.get(str(last)):
        content = decoded(stream, limits.unfolded_bytes)
        try:
            width, height = Image.open(io.BytesIO(content), formats=(coded,)).size
        except (OSError, SyntaxError, ValueError):  # readers leave out what they cannot read
            return
        _check_size(width, height, limits)
        check_scans(content, width * height)


def _check_size(width: int, height: int, limits: PdfLimits) -> None:
    if width * height > limits.picture_pixels:
        raise PictureTooLarge(width=width, height=height, limit_megapixels=limits.picture_pixels // 1_000_000)
