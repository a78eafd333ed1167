"""Finding the platform's seals on pages that an office printed, stamped, scanned, faxed or photographed."""

from collections.abc import Iterable
from dataclasses import dataclass

import pypdfium2
import zxingcpp
from deqr import QRdecDecoder
from PIL import Image

from services.documents.pdf.cpu_budget import cpu_budget
from services.documents.pdf.problems import TooManyPages
from services.documents.pdf.rendering import opened, render
from services.documents.pdf.seal import bears_our_mark
from services.documents.pdf.treatments import red_channel, treatments

_DPI = 200
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
Codes = dict[str, "FoundCode"]


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """How far the search goes: pages that a scan may have, and of those the ones that get the costly look.

    `beside_pages` of them get it where a seal is found already, to see whether another one is beside it.
    """

    pages: int = 60
    thorough_pages: int = 3
    beside_pages: int = 1
    cpu_seconds: float = 8.0


@dataclass(frozen=True, slots=True)
class FoundCode:
    """The text of a code that bears our mark, the reader and treatment that found it, and the page, from 1."""

    text: str
    method: str
    page: int


@dataclass(frozen=True, slots=True)
class Recognition:
    """Every code that bears our mark, each text once; `looks` is how many pictures were given to a reader."""

    codes: tuple[FoundCode, ...]
    looks: int


_LIMITS = SearchLimits()


def recognise(pdf: bytes, limits: SearchLimits = _LIMITS) -> Recognition:
    """All seals on all pages, true or forged: a quick look at every page, then a costly one where none was found.

    The seals are not opened here: the key stays with the service, away from strangers' files. Raises TooManyPages,
    since a page that is not looked at may bear another seal, and ProcessingTimeExceeded.
    """
    with cpu_budget(limits.cpu_seconds), opened(pdf) as document:
        if len(document) > limits.pages:
            raise TooManyPages(pages=len(document), limit=limits.pages)
        searches = [PageSearch(document, number) for number in range(1, len(document) + 1)]
        for search in searches:
            search.look_quickly()
        unread = [search for search in searches if search.incomplete]
        found_already = len(unread) < len(searches) or any(search.codes for search in searches)
        for search in unread[: limits.beside_pages if found_already else limits.thorough_pages]:
            search.look_thoroughly()
    codes = {code.text: code for search in reversed(searches) for code in search.codes.values()}
    return Recognition(tuple(reversed(codes.values())), sum(search.looks for search in searches))


def recognise_picture(picture: Image.Image) -> FoundCode | None:
    """A seal on one picture, by the quick look first and the costly one only where that failed."""
    search = PictureSearch(1)
    search.quickly(picture)
    if search.incomplete:
        search.thoroughly(picture)
    return next(iter(search.codes.values()), None)


class PictureSearch:
    """The codes that the readers find on one page; `looks` counts the pictures that were given to a reader."""

    def __init__(self, page: int) -> None:
        self.codes: Codes = {}
        self.looks = 0
        self._page = page
        self._damaged = 0

    @property
    def incomplete(self) -> bool:
        """Whether nothing was found, or a reader saw a code that it could not read."""
        return not self.codes or self._damaged > 0

    def quickly(self, picture: Image.Image) -> None:
        """The fast reader twice, before the slow one comes at all: a red stamp is what hides most codes."""
        self._by_zxing(picture, "as it is")
        if self.incomplete and picture.mode == "RGB":
            self._by_zxing(red_channel(picture), "red channel")

    def thoroughly(self, picture: Image.Image) -> None:
        """Both readers on the page treated in one way after the other, until one brings a code to light."""
        known = len(self.codes)
        self._by_qrdec(picture.convert("L"), "as it is")
        for name, treated in treatments(picture):
            if len(self.codes) > known:
                return
            self._by_zxing(treated, name)
            self._by_qrdec(treated, name)

    def _by_zxing(self, picture: Image.Image, treatment: str) -> None:
        self.looks += 1
        seen = zxingcpp.read_barcodes(picture, formats=_QR, return_errors=True)
        self._damaged = sum(not code.valid for code in seen)
        self._keep((code.text for code in seen if code.valid), f"zxing, {treatment}")

    def _by_qrdec(self, grey: Image.Image, treatment: str) -> None:
        self.looks += 1
        seen = QRdecDecoder().decode(grey, convert_data=False)
        texts = (b"".join(entry.data for entry in code.data_entries) for code in seen)
        self._keep((text.decode("ascii", errors="replace") for text in texts), f"qrdec, {treatment}")

    def _keep(self, texts: Iterable[str], method: str) -> None:
        for text in filter(bears_our_mark, texts):
            self.codes.setdefault(text, FoundCode(text, method, self._page))


class PageSearch(PictureSearch):
    """The same on a page of a document, rendered anew for each round: pictures of all pages would fill memory."""

    def __init__(self, document: pypdfium2.PdfDocument, number: int) -> None:
        super().__init__(number)
        self._document = document

    def look_quickly(self) -> None:
        """The quick look at the page."""
        self.quickly(self._picture())

    def look_thoroughly(self) -> None:
        """The costly look at the page."""
        self.thoroughly(self._picture())

    def _picture(self) -> Image.Image:
        return render(self._document, self._page - 1, _DPI)
