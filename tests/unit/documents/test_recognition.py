"""Letters are recognised as offices send them back, and only letters are."""

from io import BytesIO

import pytest
import qrcode
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from deploy.laptop.demo.scan_simulation import stamp_and_scan
from services.documents.pdf.letter import render_letter
from services.documents.pdf.pages import Upload, accept, merge
from services.documents.pdf.recognition import Effort, recognise, recognise_picture
from services.documents.pdf.seal import Forged, Seal, open_seal, seal
from tests.unit.documents.letters import KEY, NUMBER, letter


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


@pytest.mark.parametrize("seed", range(8))
def test_the_office_of_the_demo_is_understood(seed: int) -> None:
    scans = stamp_and_scan(render_letter(letter()), seed)
    assert scans == stamp_and_scan(render_letter(letter()), seed)
    paper = accept([Upload(scan, turn=90 * seed) for scan in scans])
    found = recognise(paper.pdf).found
    assert found is not None
    assert open_seal(KEY, found.text) == Seal(NUMBER, 2)


def test_the_letter_is_found_on_any_page() -> None:
    paper = merge([blank_pages(3), render_letter(letter()), blank_pages(1)])
    came_to = recognise(paper.pdf)
    assert (came_to.page, came_to.pages_seen) == (4, 5)


def test_a_paper_without_a_letter_is_not_recognised_and_the_effort_is_bounded() -> None:
    strips = blank_pages(3, pagesize=(595, 60))
    once = recognise(strips, Effort(thorough_pages=1))
    assert once.found is None
    assert once.page is None
    assert recognise(strips, Effort(thorough_pages=0)).looks == 6
    assert once.looks < recognise(strips, Effort(thorough_pages=2)).looks


def test_codes_of_others_are_passed_over() -> None:
    assert recognise_picture(page_with_code("https://example.org/pay/1")) is None


def test_a_forged_code_is_found_and_told_from_none() -> None:
    found = recognise_picture(page_with_code(seal(b"f" * 32, NUMBER, 2)))
    assert found is not None
    assert open_seal(KEY, found.text) == Forged(NUMBER, 2)
