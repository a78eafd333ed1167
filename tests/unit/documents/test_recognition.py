"""Letters are recognised as offices send them back, and only letters are."""

from io import BytesIO

import pytest
import qrcode
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from deploy.demo.office import stamp_and_scan
from services.documents.paper.letter import render_letter
from services.documents.paper.pages import Upload, accept, merge
from services.documents.paper.recognition import Effort, recognise, recognise_picture
from services.documents.paper.seal import Forged, Seal, open_seal, seal
from tests.unit.documents.degrade import cases
from tests.unit.documents.letters import KEY, NUMBER, letter

# 123 of 130 were recognised when this was written: zxing alone reads 91, zbar alone 70. What is missed are faxes
# with a stamp over the code and worn pages whose modules a person cannot tell apart either.
AT_LEAST_RECOGNISED = 121
HOPELESS = ("stamped fax", "worn")


def page_with_code(text: str) -> Image.Image:
    page = Image.new("RGB", (1240, 1754), "white")
    page.paste(qrcode.make(text).get_image().resize((300, 300)).convert("RGB"), (800, 120))
    return page


def blank_pages(count: int) -> bytes:
    written = BytesIO()
    canvas = Canvas(written, pagesize=A4)
    for _ in range(count):
        canvas.drawString(100, 100, "-")
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def test_degraded_letters_are_recognised() -> None:
    total, missed = 0, []
    for case in cases(render_letter(letter())):
        total += 1
        found = recognise_picture(case.picture)
        if found is None or open_seal(KEY, found.text) != Seal(NUMBER, 2):
            missed.append(case.name)
    assert total >= 80
    assert total - len(missed) >= AT_LEAST_RECOGNISED, missed
    assert [name for name in missed if not name.startswith(HOPELESS)] == []


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
    once = recognise(blank_pages(3), Effort(thorough_pages=1))
    assert once.found is None
    assert once.page is None
    assert recognise(blank_pages(3), Effort(thorough_pages=0)).looks == 6
    assert once.looks < recognise(blank_pages(3), Effort(thorough_pages=2)).looks


def test_codes_of_others_are_passed_over() -> None:
    assert recognise_picture(page_with_code("https://example.org/pay/1")) is None


def test_a_forged_code_is_found_and_told_from_none() -> None:
    found = recognise_picture(page_with_code(seal(b"f" * 32, NUMBER, 2)))
    assert found is not None
    assert open_seal(KEY, found.text) == Forged(NUMBER, 2)
