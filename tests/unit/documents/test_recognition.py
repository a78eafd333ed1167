"""Letters are recognised as offices send them back, and only letters are."""

import time
from io import BytesIO

import pytest
import qrcode
from PIL import Image, ImageFilter
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from deploy.laptop.demo.scan_simulation import stamp_and_scan
from services.documents.pdf.letter import render_letter
from services.documents.pdf.pages import Upload, accept, merge
from services.documents.pdf.problems import TooManyPages
from services.documents.pdf.recognition import SearchLimits, recognise, recognise_picture
from services.documents.pdf.seal import Forged, Seal, open_seal, seal
from shared.workers.problems import ProcessingTimeExceeded
from tests.unit.documents.degradation import Case
from tests.unit.documents.letters import KEY, NUMBER, letter
from tests.unit.documents.pdf_builders import page_pdf
from tests.unit.documents.uploads import saved


def page_with_code(text: str) -> Image.Image:
    page = Image.new("RGB", (1240, 1754), "white")
    page.paste(qrcode.make(text).get_image().resize((300, 300)).convert("RGB"), (800, 120))
    return page


def blank_pages(count: int, pagesize: tuple[float, float] = A4) -> bytes:
    written = BytesIO()
    canvas = Canvas(written, pagesize=pagesize)
    for _ in range(count):
        canvas.drawString(100, 100, "-")
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def texts(pdf: bytes) -> list[str]:
    return [code.text for code in recognise(pdf).codes]


@pytest.mark.parametrize("seed", range(8))
def test_the_office_of_the_demo_is_understood(seed: int) -> None:
    scans = stamp_and_scan(render_letter(letter()), seed)
    assert scans == stamp_and_scan(render_letter(letter()), seed)
    paper = accept([Upload(scan, turn=90 * seed) for scan in scans])
    assert [open_seal(KEY, text) for text in texts(paper.pdf)] == [Seal(NUMBER, 2)]


# AUT-6 allows 1.5 s on two cores; 0.9 s of processor time were measured.
WORST_PAGE_SECONDS = 1.2
STRIP = blank_pages(1, pagesize=(595, 60))
FORGED = seal(b"f" * 32, NUMBER, 2)


def test_the_letter_is_found_on_any_page() -> None:
    paper = merge([STRIP, STRIP, STRIP, render_letter(letter()), STRIP])
    (code,) = recognise(paper.pdf).codes
    assert code.page == 4


def as_page(picture: Image.Image) -> bytes:
    return accept([Upload(saved(picture, "JPEG"))]).pdf


def below(text: str, page: Image.Image) -> Image.Image:
    """The page with one more code in its lower half."""
    page.paste(qrcode.make(text).get_image().resize((300, 300)).convert("RGB"), (150, 1200))
    return page


@pytest.mark.parametrize("other", [seal(KEY, NUMBER, 1), seal(KEY, "SQ1", 2), FORGED, "FUMA1:nonsense"])
def test_every_seal_is_found_on_one_page_or_on_several(other: str) -> None:
    own = seal(KEY, NUMBER, 2)
    for first, second in ((own, other), (other, own)):
        assert set(texts(as_page(below(second, page_with_code(first))))) == {own, other}
        apart = merge([as_page(page_with_code(first)), as_page(page_with_code(second))])
        assert texts(apart.pdf) == [first, second]
    assert texts(as_page(below(own, page_with_code(own)))) == [own]


def test_a_second_seal_that_needs_the_costly_look_is_found_too() -> None:
    scan = stamp_and_scan(render_letter(letter(version=3)), 1)[0]
    blurred = Image.open(BytesIO(scan)).filter(ImageFilter.GaussianBlur(2.5))
    found = texts(accept([Upload(render_letter(letter())), Upload(saved(blurred, "JPEG"))]).pdf)
    assert [open_seal(KEY, text) for text in found] == [Seal(NUMBER, 2), Seal(NUMBER, 3)]


def test_a_document_without_a_letter_is_not_recognised_and_the_search_is_bounded() -> None:
    strips = blank_pages(3, pagesize=(595, 60))
    once = recognise(strips, SearchLimits(thorough_pages=1))
    assert once.codes == ()
    assert recognise(strips, SearchLimits(thorough_pages=0)).looks == 6
    assert once.looks < recognise(strips, SearchLimits(thorough_pages=2)).looks


def test_more_pages_than_are_looked_at_are_refused_rather_than_passed_over() -> None:
    with pytest.raises(TooManyPages) as refused:
        recognise(blank_pages(4, pagesize=(595, 60)), SearchLimits(pages=3))
    assert refused.value.facts == {"pages": 4, "limit": 3}


def test_a_page_that_takes_too_long_to_draw_is_given_up_in_the_middle() -> None:
    slow = page_pdf(b"0 0 595 842 re f\n" * 20_000)
    started = time.process_time()
    with pytest.raises(ProcessingTimeExceeded):
        recognise(slow, SearchLimits(cpu_seconds=0.5))
    assert time.process_time() - started < 2


def test_the_worst_page_takes_no_longer_than_a_person_waits() -> None:
    # Full of specks and unreadable: every treatment is tried, and those against specks take longest on it.
    worn = as_page(Case("worn", 0).degraded(render_letter(letter())))
    started = time.process_time()
    assert recognise(worn).codes == ()
    assert time.process_time() - started < WORST_PAGE_SECONDS


def test_codes_of_others_are_passed_over() -> None:
    assert recognise_picture(page_with_code("https://example.org/pay/1")) is None


def test_a_forged_code_and_no_code_are_distinguished() -> None:
    found = recognise_picture(page_with_code(seal(b"f" * 32, NUMBER, 2)))
    assert found is not None
    assert open_seal(KEY, found.text) == Forged(NUMBER, 2)
