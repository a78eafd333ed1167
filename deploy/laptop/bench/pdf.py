"""Paper: a stamped scan recognised, beside bare zxing-cpp on the same picture, and a letter made.

Measured in this process, by the functions that the workers of the documents service call: what a worker's pipe
adds to them (some tenths of a millisecond for a page) is left out on both sides.
"""

import time
from collections.abc import Callable
from datetime import date
from functools import partial
from statistics import median

import zxingcpp
from PIL import Image

from deploy.laptop.bench.figures import Figure
from deploy.laptop.demo.scan_simulation import stamp_and_scan
from services.documents.pdf.letter import Letter, LetterInstitution, Person, letter_pdf
from services.documents.pdf.letter_text import Scope
from services.documents.pdf.pages import Upload, accept
from services.documents.pdf.recognition import recognise, recognise_picture
from services.documents.pdf.rendering import opened, render
from services.documents.pdf.seal import seal

_KEY = bytes(range(32))
_DPI = 200
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)


def letter(number: int) -> Letter:
    """One of many letters, each for an institution of its own."""
    named = f"SQ2026{number:010d}"
    return Letter(
        number=named,
        version=1,
        issued_on=date(2026, 11, 22),
        person=Person("张某某", "4305**********0011", f"bench{number}"),
        institutions=(LetterInstitution(f"基准测试第{number}医院", None, f"{number:022d}"),),
        scopes=(Scope.INSTITUTION, Scope.PHYSICIAN, Scope.NURSE),
        sealed=seal(_KEY, named, 1),
    )


def scans(count: int) -> list[bytes]:
    """PDFs of letters as offices send them back: stamped partly over the code, turned, noisy, JPEG."""
    scans = (stamp_and_scan(letter_pdf(letter(number)).pdf, seed=number) for number in range(count))
    return [accept([Upload(page) for page in pages]).pdf for pages in scans]


def milliseconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def first_page(pdf: bytes) -> Image.Image:
    """The picture that a reader is given."""
    with opened(pdf) as document:
        return render(document, 0, _DPI)


def recognition_ms(count: int) -> tuple[float, float, float]:
    """Medians over the scans: our search on the page's picture, zxing-cpp alone on it, the whole PDF."""
    ours, bare, whole = [], [], []
    for pdf in scans(count):
        picture = first_page(pdf)
        if recognise_picture(picture) is None:
            raise AssertionError("a scan of the demo's office was not recognised")
        ours.append(milliseconds(partial(recognise_picture, picture)))
        bare.append(milliseconds(partial(zxingcpp.read_barcodes, picture, formats=_QR)))
        whole.append(milliseconds(partial(recognise, pdf)))
    return median(ours), median(bare), median(whole)


def letter_ms(count: int) -> float:
    """The median of letters after the first, which loads the font."""
    letter_pdf(letter(0))
    return median(milliseconds(partial(letter_pdf, letter(number))) for number in range(1, count + 1))


def figures(count: int) -> list[Figure]:
    """Recognition over so many scans, and as many letters."""
    ours, bare, whole = recognition_ms(count)
    return [
        Figure("scanned page recognised, median", ours, "ms", bare, 2.0, smaller_is_better=True),
        Figure("scanned page recognised, its PDF rendered, median", whole, "ms"),
        Figure("letter made, p50", letter_ms(count), "ms", aim=50, smaller_is_better=True),
    ]
