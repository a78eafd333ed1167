"""Finding the platform's seal on pages that an office printed, stamped, scanned, faxed or photographed."""

from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import zxingcpp
from deqr import QRdecDecoder
from PIL import Image

from services.documents.pdf.rendering import opened, render
from services.documents.pdf.seal import bears_our_mark
from services.documents.pdf.treatments import red_channel, treatments

_DPI = 200
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


@dataclass(frozen=True, slots=True)
class Effort:
    """How far the search goes: pages that get the quick look, and of those the ones that get the costly one.

    With these a paper without any code is told so in about 10 seconds, well within a task's time.
    """

    pages: int = 60
    thorough_pages: int = 4


@dataclass(frozen=True, slots=True)
class Found:
    """The text of a code that bears our mark, and what found it: a reader and what was done to the page."""

    text: str
    method: str


@dataclass(frozen=True, slots=True)
class Recognition:
    """What the search came to; `page` counts from 1, `looks` is how many pictures were given to a reader."""

    found: Found | None
    page: int | None
    pages_seen: int
    looks: int


_EFFORT = Effort()


def recognise(pdf: bytes, effort: Effort = _EFFORT) -> Recognition:
    """The first seal on any page, true or forged: a quick look at every page, then a costly one at the first few.

    The seal is not opened here: the key stays with the service, away from strangers' files.
    """
    looks = 0
    with opened(pdf) as document:
        pages = min(len(document), effort.pages)
        for index, thorough in _rounds(pages, effort.thorough_pages):
            search = Search()
            found = search.run(_page(document, index), thorough=thorough)
            looks += search.looks
            if found:
                return Recognition(found, index + 1, pages, looks)
    return Recognition(None, None, pages, looks)


def recognise_picture(picture: Image.Image) -> Found | None:
    """The seal on one picture, by the quick look first and the costly one only where that failed."""
    return Search().run(picture, thorough=False) or Search().run(picture, thorough=True)


def _rounds(pages: int, thorough_pages: int) -> Iterator[tuple[int, bool]]:
    yield from ((index, False) for index in range(pages))
    yield from ((index, True) for index in range(min(pages, thorough_pages)))


def _page(document: pypdfium2.PdfDocument, index: int) -> Image.Image:
    return render(document, index, _DPI)


class Search:
    """One look at one page; counts the pictures that were given to a reader."""

    def __init__(self) -> None:
        self.looks = 0

    def run(self, picture: Image.Image, *, thorough: bool) -> Found | None:
        """What the readers find on the page as it is or, where they already failed, on the page treated."""
        if not thorough:
            return self._quickly(picture)
        found = self._by_qrdec(picture.convert("L"), "as it is")
        if found:
            return found
        for name, treated in treatments(picture):
            found = self._by_zxing(treated, name) or self._by_qrdec(treated, name)
            if found:
                return found
        return None

    def _quickly(self, picture: Image.Image) -> Found | None:
        """The fast reader twice, before the slow one comes at all: a red stamp is what hides most codes."""
        found = self._by_zxing(picture, "as it is")
        if not found and picture.mode == "RGB":
            found = self._by_zxing(red_channel(picture), "red channel")
        return found

    def _by_zxing(self, picture: Image.Image, how: str) -> Found | None:
        self.looks += 1
        for code in zxingcpp.read_barcodes(picture, formats=_QR):
            if bears_our_mark(code.text):
                return Found(code.text, f"zxing, {how}")
        return None

    def _by_qrdec(self, grey: Image.Image, how: str) -> Found | None:
        self.looks += 1
        for code in QRdecDecoder().decode(grey, convert_data=False):
            text = b"".join(entry.data for entry in code.data_entries).decode("ascii", errors="replace")
            if bears_our_mark(text):
                return Found(text, f"qrdec, {how}")
        return None
