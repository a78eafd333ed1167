"""Pages of a PDF as pictures, at a fineness that bounds their pixels whatever size the page claims."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref
from math import ceil, sqrt
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from services.documents.pdf.cpu_budget import budget_deferred
from services.documents.pdf.problems import NoSuchPage, NotAPdf, PdfEncrypted
from shared.workers.results import RawBytes

POINTS_PER_INCH = 72
_PIXELS = 12_000_000
_SLICE_SECONDS = 0.1


@contextmanager
def opened(pdf: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """The document for rendering; closed with all its memory afterwards."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as problem:
        raise (PdfEncrypted if "password" in str(problem).lower() else NotAPdf) from problem
    try:
        yield document
    finally:
        document.close()


def render(document: pypdfium2.PdfDocument, index: int, dpi: int, *, pixels: int = _PIXELS) -> Image.Image:
    """One page (counted from 0) at the dpi, or coarser where that would be more than the pixels allowed."""
    try:
        page = document[index]
    except pypdfium2.PdfiumError as problem:
        raise NotAPdf from problem
    try:
        width, height = page.get_size()
        scale = min(dpi / POINTS_PER_INCH, sqrt(pixels / max(width * height, 1.0)))
        bitmap = pypdfium2.PdfBitmap.new_native(
            max(1, ceil(width * scale)), max(1, ceil(height * scale)), pdfium.FPDFBitmap_BGR
        )
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, bitmap.width, bitmap.height)
        _draw(page, bitmap)
        picture: Image.Image = bitmap.to_pil().copy()
        bitmap.close()
    finally:
        page.close()
    return picture


def _draw(page: pypdfium2.PdfPage, bitmap: pypdfium2.PdfBitmap) -> None:
    """Draws in slices of time: a budget that is spent ends the work between two of them."""
    slice_end = time.monotonic() + _SLICE_SECONDS

    def spent(_pause: Any) -> bool:
        return time.monotonic() > slice_end

    pause = pdfium.IFSDK_PAUSE(version=1)
    pypdfium2.internal.set_callback(pause, "NeedToPauseNow", spent)
    size = (0, 0, bitmap.width, bitmap.height)
    try:
        with budget_deferred():
            state = pdfium.FPDF_RenderPageBitmap_Start(bitmap, page, *size, 0, pdfium.FPDF_ANNOT, byref(pause))
        while state == pdfium.FPDF_RENDER_TOBECONTINUED:
            slice_end = time.monotonic() + _SLICE_SECONDS
            with budget_deferred():
                state = pdfium.FPDF_RenderPage_Continue(page, byref(pause))
    finally:
        pdfium.FPDF_RenderPage_Close(page)


def render_png(pdf: bytes, page: int, dpi: int = 100) -> RawBytes:
    """One page (counted from 1) as PNG, for the previews that reviewers see."""
    from io import BytesIO

    with opened(pdf) as document:
        if not 1 <= page <= len(document):
            raise NoSuchPage(page=page, pages=len(document))
        written = BytesIO()
        render(document, page - 1, dpi).save(written, "PNG")
    return written.getvalue()
