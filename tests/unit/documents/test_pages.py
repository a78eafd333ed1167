"""Uploads become one upright PDF in the given order, without metadata."""

from io import BytesIO

import pillow_heif
import pytest
from PIL import Image
from pypdf import PdfReader

from services.documents.pdf.inspection import PdfLimits
from services.documents.pdf.pages import PageChoice, Upload, accept, arrange, merge
from services.documents.pdf.pictures import A4_POINTS
from services.documents.pdf.problems import NoSuchPage, NothingUploaded, TooManyPages
from services.documents.pdf.rendering import opened, render, render_png
from tests.unit.documents.uploads import BLUE, RED, empty_pdf, marked_picture, pdf_of, saved

pillow_heif.register_heif_opener()
UNDONE_BY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def page_seen(pdf: bytes, page: int = 0) -> Image.Image:
    with opened(pdf) as document:
        return render(document, page, 72)


def nearly(colour: object, wanted: tuple[int, int, int]) -> bool:
    assert isinstance(colour, tuple)
    return all(abs(one - other) < 30 for one, other in zip(colour, wanted, strict=True))


def corners(page: Image.Image) -> tuple[object, object]:
    """The colours a little inside the upper corners."""
    return page.getpixel((60, 60)), page.getpixel((page.width - 60, 60))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_of_a_camera_comes_out_upright(orientation: int) -> None:
    as_held = marked_picture()
    if orientation in UNDONE_BY:
        as_held = as_held.transpose(UNDONE_BY[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    page = page_seen(accept([Upload(saved(as_held, "JPEG", exif=exif, quality=95))]).pdf)
    left, right = corners(page)
    assert page.width > page.height
    assert nearly(left, RED)
    assert nearly(right, BLUE)


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "P"), ("HEIF", "RGB")])
def test_other_formats_are_accepted(kind: str, mode: str) -> None:
    page = page_seen(accept([Upload(saved(marked_picture().convert(mode), kind))]).pdf)
    assert nearly(corners(page)[0], RED)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16"])
def test_grey_and_bilevel_pictures_are_accepted(mode: str) -> None:
    deep = mode == "I;16"
    picture = Image.new(mode, (300, 500), 65535) if deep else Image.new("L", (300, 500), 255).convert(mode)
    page = page_seen(accept([Upload(saved(picture, "PNG"))]).pdf).convert("L")
    assert page.height > page.width
    middle = page.getpixel((page.width // 2, page.height // 2))
    assert isinstance(middle, int)
    assert middle > 250


def test_transparent_parts_are_white() -> None:
    page = page_seen(accept([Upload(saved(Image.new("RGBA", (300, 500), (0, 0, 0, 0)), "PNG"))]).pdf)
    assert page.getpixel((200, 300)) == (255, 255, 255)


def test_the_page_is_a4_and_the_users_turn_is_clockwise() -> None:
    paper = accept([Upload(saved(marked_picture(), "JPEG"), turn=90)])
    box = PdfReader(BytesIO(paper.pdf)).pages[0].mediabox
    assert (float(box.width), float(box.height)) == pytest.approx(A4_POINTS[::-1], abs=0.01)
    page = page_seen(paper.pdf)
    assert nearly(page.getpixel((page.width - 60, 60)), RED)


def test_several_uploads_of_mixed_kinds_keep_their_order() -> None:
    uploads = [saved(marked_picture(), "JPEG"), pdf_of(empty_pdf(2)), saved(marked_picture(), "PNG")]
    paper = accept([Upload(one) for one in uploads])
    assert paper.pages == 4
    coloured = [nearly(corners(page_seen(paper.pdf, n))[0], RED) for n in range(4)]
    assert coloured == [True, False, False, True]
    assert paper == accept([Upload(one) for one in uploads])


def test_a_single_pdf_stays_as_it_is() -> None:
    pdf = pdf_of(empty_pdf(3))
    assert accept([Upload(pdf)]).pdf is pdf


def test_pages_are_reordered_turned_and_left_out() -> None:
    paper = merge([pdf_of(empty_pdf(1, width=100 * n, height=800)) for n in (1, 2, 3)])
    pages = PdfReader(BytesIO(arrange(paper.pdf, [PageChoice(3, 270), PageChoice(1)]).pdf)).pages
    assert [(float(page.mediabox.width), page.rotation) for page in pages] == [(300, 270), (100, 0)]


def test_an_order_that_names_a_missing_page_is_refused() -> None:
    for page in (0, 4):
        with pytest.raises(NoSuchPage):
            arrange(pdf_of(empty_pdf(3)), [PageChoice(page)])
    with pytest.raises(NothingUploaded):
        arrange(pdf_of(empty_pdf(3)), [])
    with pytest.raises(NothingUploaded):
        accept([])


def test_together_they_may_not_exceed_the_limit_either() -> None:
    with pytest.raises(TooManyPages):
        merge([pdf_of(empty_pdf(3)), pdf_of(empty_pdf(3))], PdfLimits(pages=5))


def test_a_preview_is_a_bounded_picture_of_the_page() -> None:
    png = render_png(pdf_of(empty_pdf(1, width=14_000, height=14_000)), 1, 300)
    with Image.open(BytesIO(png)) as preview:
        assert preview.width * preview.height <= 12_100_000
    with pytest.raises(NoSuchPage):
        render_png(pdf_of(empty_pdf(1)), 2)
