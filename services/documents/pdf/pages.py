"""What is uploaded becomes one PDF: files of any accepted kind, in order, each turned as the user turned it."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, NumberObject, StreamObject

from services.documents.pdf.cpu_budget import cpu_budget
from services.documents.pdf.inspection import PdfLimits, damage_refused, inspect_pdf, is_pure, looks_like_pdf
from services.documents.pdf.pictures import PagePicture, page_picture
from services.documents.pdf.problems import NoSuchPage, NothingUploaded, TooManyPages
from shared.workers.results import RawBytes

_LIMITS = PdfLimits()
QUARTER_TURN = 90


@dataclass(frozen=True, slots=True)
class Upload:
    """One file as it came; what it is, its content says. `turn` is clockwise, in degrees, a multiple of 90."""

    content: bytes
    turn: int = 0


@dataclass(frozen=True, slots=True)
class PageChoice:
    """A page (counted from 1) of the paper as it is, and how far it is to be turned clockwise."""

    page: int
    turn: int = 0


@dataclass(frozen=True, slots=True)
class PdfFile:
    """A PDF that has passed every check."""

    pdf: RawBytes
    pages: Annotated[int, Field(ge=1, lt=2**31)]


def accept(uploads: Sequence[Upload], limits: PdfLimits = _LIMITS) -> PdfFile:
    """The uploads as one PDF, in their order (INS-12, AUT-6); each is checked before a byte of it is kept.

    A single PDF that needs no turning stays as it is, byte for byte: it is the evidence. One that is encrypted,
    or another format besides (a ZIP behind or before it), is written anew.
    """
    if not uploads:
        raise NothingUploaded
    with cpu_budget(limits.cpu_seconds):
        return _accepted(uploads, limits)


def _accepted(uploads: Sequence[Upload], limits: PdfLimits) -> PdfFile:
    if len(uploads) == 1 and not uploads[0].turn and is_pure(uploads[0].content):
        inspected = inspect_pdf(uploads[0].content, limits)
        if not inspected.was_encrypted:
            return PdfFile(uploads[0].content, len(inspected.reader.pages))
    writer = PdfWriter()
    for upload in uploads:
        _append(writer, upload, limits)
        if len(writer.pages) > limits.pages:
            raise TooManyPages(pages=len(writer.pages), limit=limits.pages)
    return _written(writer)


def arrange(pdf: bytes, choices: Sequence[PageChoice], limits: PdfLimits = _LIMITS) -> PdfFile:
    """The chosen pages in the chosen order, turned as chosen; a page left out is gone (INS-12)."""
    if not choices:
        raise NothingUploaded
    reader, writer = inspect_pdf(pdf, limits).reader, PdfWriter()
    if len(choices) > limits.pages:
        raise TooManyPages(pages=len(choices), limit=limits.pages)
    for choice in choices:
        if not 1 <= choice.page <= len(reader.pages):
            raise NoSuchPage(page=choice.page, pages=len(reader.pages))
        _turned(writer.add_page(reader.pages[choice.page - 1]), choice.turn)
    return _written(writer)


def merge(pdfs: Sequence[bytes], limits: PdfLimits = _LIMITS) -> PdfFile:
    """Several papers one after the other."""
    return accept([Upload(pdf) for pdf in pdfs], limits)


def _append(writer: PdfWriter, upload: Upload, limits: PdfLimits) -> None:
    if looks_like_pdf(upload.content):
        _append_pdf(writer, inspect_pdf(upload.content, limits).reader, upload.turn)
    else:
        _append_picture(writer, page_picture(upload.content, limits.picture_pixels), upload.turn)


def _append_pdf(writer: PdfWriter, reader: PdfReader, turn: int) -> None:
    for page in reader.pages:
        with damage_refused():
            added = writer.add_page(page)
        _turned(added, turn)


def _append_picture(writer: PdfWriter, picture: PagePicture, turn: int) -> None:
    page = writer.add_blank_page(*picture.page)
    image = writer._add_object(_image(picture))  # noqa: SLF001 - pypdf's documented way to add an object
    names = DictionaryObject({NameObject("/Scan"): image})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): names})
    drawing = StreamObject()
    drawing.set_data(b"q %s cm /Scan Do Q" % " ".join(f"{n:.4f}" for n in picture.placed).encode("ascii"))
    page[NameObject("/Contents")] = writer._add_object(drawing)  # noqa: SLF001
    _turned(page, turn)


def _image(picture: PagePicture) -> StreamObject:
    image = StreamObject()
    image.set_data(picture.data)
    names = {"/Type": "/XObject", "/Subtype": "/Image", "/ColorSpace": picture.colour_space}
    numbers = {"/Width": picture.width, "/Height": picture.height, "/BitsPerComponent": picture.bits}
    image.update({NameObject(key): NameObject(name) for key, name in names.items()})
    image.update({NameObject(key): NumberObject(number) for key, number in numbers.items()})
    image[NameObject("/Filter")] = NameObject(picture.data_filter)
    return image


def _turned(page: PageObject, turn: int) -> None:
    if turn % QUARTER_TURN:
        raise ValueError(f"a page is turned by quarters, not by {turn} degrees")
    if turn:
        page.rotate(turn)


def _written(writer: PdfWriter) -> PdfFile:
    writer.metadata = None
    written = io.BytesIO()
    with damage_refused():
        writer.write(written)
    return PdfFile(written.getvalue(), len(writer.pages))
