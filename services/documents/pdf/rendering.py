"""Pages of a PDF as pictures, at a fineness that bounds their pixels whatever size the page claims."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import sqrt

import pypdfium2
from PIL import Image

from services.documents.pdf.errors import NoSuchPage, NotAPdf, PdfEncrypted
from services.documents.pdf.forms import Carried

POINTS_PER_INCH = 72
_PIXELS = 12_000_000


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


def render(
    document: pypdfium2.PdfDocument, index: int, dpi: int, *, grey: bool = False, pixels: int = _PIXELS
) -> Image.Image:
    """One page (counted from 0) at the dpi, or coarser where that would be more than the pixels allowed."""
    try:
        page = document[index]
    except pypdfium2.PdfiumError as problem:
        raise NotAPdf from problem
    try:
        width, height = page.get_size()
        bound = sqrt(pixels / max(width * height, 1.0))
        bitmap = page.render(scale=min(dpi / POINTS_PER_INCH, bound), grayscale=grey)
        picture: Image.Image = bitmap.to_pil().copy()
        bitmap.close()
    finally:
        page.close()
    return picture


def render_png(pdf: bytes, page: int, dpi: int = 100) -> Carried:
    """One page (counted from 1) as PNG, for the previews that reviewers see."""
    from io import BytesIO

    with opened(pdf) as document:
        if not 1 <= page <= len(document):
            raise NoSuchPage(page=page, pages=len(document))
        written = BytesIO()
        render(document, page - 1, dpi).save(written, "PNG")
    return written.getvalue()
