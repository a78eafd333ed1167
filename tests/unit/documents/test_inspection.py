"""PDF inspection: sizes after filters, active content, and what is a PDF."""

import zipfile
import zlib
from base64 import a85encode
from contextlib import suppress
from io import BytesIO

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from services.documents.pdf.inspection import PdfLimits
from services.documents.pdf.letter import render_letter
from services.documents.pdf.pages import Upload, accept
from services.documents.pdf.problems import (
    DecompressionBomb,
    DrawingTooComplex,
    FormatNotAccepted,
    NotAPdf,
    PdfCarriesActiveContent,
    PdfEncrypted,
    PictureTooLarge,
)
from services.documents.pdf.rendering import opened, render
from shared.workers.problems import ProcessingTimeExceeded
from tests.unit.documents.letters import letter
from tests.unit.documents.pdf_builders import form, nested_forms, page_pdf, pattern, stream
from tests.unit.documents.uploads import content_bomb, empty_pdf, pdf_of, progressive_bomb, saved

SMALL = PdfLimits(unfolded_bytes=16 * 1024 * 1024)
UNFOLDED = 32 * 1024 * 1024
FLATE = zlib.compress(bytes(UNFOLDED), 9)
RUNS = b"\x81\x00" * (UNFOLDED // 128) + b"\x80"
# LZW: codes of nine bits; one byte, then ever longer runs of it, each the code that is just being defined.
_CODES = [256, 0, *range(258, 500)]


def lzw_bomb() -> bytes:
    once = "".join(f"{code:09b}" for code in _CODES)
    bits = once * (UNFOLDED // 29_000) + f"{257:09b}"
    bits = bits.ljust((len(bits) + 7) // 8 * 8, "0")
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


BOMBS = {
    "flate": (b"/FlateDecode", FLATE),
    "flate, flate": (b"/FlateDecode/FlateDecode", zlib.compress(FLATE)),
    "abbreviated": (b"/Fl/Fl", zlib.compress(FLATE)),
    "base 85, flate": (b"/ASCII85Decode/FlateDecode", a85encode(FLATE) + b"~>"),
    "hexadecimal, flate": (b"/ASCIIHexDecode/FlateDecode", FLATE.hex().encode() + b">"),
    "runs": (b"/RunLengthDecode", RUNS),
    "flate, runs": (b"/FlateDecode/RunLengthDecode", zlib.compress(RUNS)),
    "runs, flate": (b"/RunLengthDecode/FlateDecode", b"".join(b"\x00%c" % byte for byte in FLATE)),
    "lzw": (b"/LZWDecode", lzw_bomb()),
    "flate, lzw": (b"/FlateDecode/LZWDecode", zlib.compress(lzw_bomb())),
    "crypt, flate": (b"/Crypt/FlateDecode", FLATE),
    "twenty filters": (b"/ASCIIHexDecode" * 20, b"00>"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_stream_is_counted_behind_all_its_filters(name: str) -> None:
    filters, data = BOMBS[name]
    with pytest.raises(DecompressionBomb):
        accept([Upload(page_pdf(data, filters=b"/Filter[%s]" % filters))], SMALL)


@pytest.mark.parametrize("name", ["flate, flate", "runs", "base 85, flate"])
def test_filters_that_expand_to_little_are_accepted(name: str) -> None:
    filters, _ = BOMBS[name]
    data = {"flate, flate": zlib.compress(zlib.compress(b"q Q")), "runs": b"\x02q Q\x80"}
    content = data.get(name, a85encode(zlib.compress(b"q Q")) + b"~>")
    assert accept([Upload(page_pdf(content, filters=b"/Filter[%s]" % filters))]).pages == 1


def test_bombs_that_are_small_each_are_counted_together() -> None:
    pdf = content_bomb(16 * 1024 * 1024)
    assert accept([Upload(pdf)], PdfLimits(unfolded_bytes=17 * 1024 * 1024)).pages == 1
    both = page_pdf(b"", b"/XObject<</A 5 0 R/B 6 0 R>>", *[stream(b"/Filter/FlateDecode", FLATE)] * 2)
    with pytest.raises(DecompressionBomb):
        accept([Upload(both)], PdfLimits(unfolded_bytes=UNFOLDED + 1000))


PICTURE = stream(b"/Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8", b"\x00")
LAUNCH = b"<</S/Launch/F(x)>>"
HARMLESS = {
    "a picture named JS": page_pdf(b"/JS Do", b"/XObject<</JS 5 0 R>>", PICTURE),
    "a picture named EF": page_pdf(b"/EF Do", b"/XObject<</EF 5 0 R/EmbeddedFiles 5 0 R/XFA 5 0 R>>", PICTURE),
    "a font named JavaScript": page_pdf(
        b"", b"/Font<</JavaScript<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>/ColorSpace<</JS/DeviceRGB>>"
    ),
    "a picture named JS in a form": page_pdf(
        b"/A Do", b"/XObject<</A 5 0 R>>", form(b"/JS Do", b"/XObject<</JS 6 0 R>>"), PICTURE
    ),
    "a picture named JS in a stamp's appearance": page_pdf(
        b"",
        b"",
        b"<</Type/Annot/Subtype/Stamp/Rect[0 0 9 9]/AP<</N 6 0 R>>>>",
        form(b"/JS Do", b"/XObject<</JS 7 0 R>>"),
        PICTURE,
        page=b"/Annots[5 0 R]",
    ),
    "a tick whose state is named JS": page_pdf(
        b"",
        b"",
        b"<</Type/Annot/Subtype/Widget/Rect[0 0 9 9]/AP<</N<</JS 6 0 R>>>>>>",
        form(b""),
        page=b"/Annots[5 0 R]",
    ),
    "a link": page_pdf(
        b"", b"", b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(http://x)>>>>", page=b"/Annots[5 0 R]"
    ),
}
ACTIVE = {
    "after another action": page_pdf(b"", page=b"/AA<</O<</S/GoTo/Next[<</S/GoTo/Next " + LAUNCH + b">>]>>>>"),
    "on an annotation": page_pdf(
        b"", b"", b"<</Subtype/Link/Rect[0 0 9 9]/A 6 0 R>>", LAUNCH, page=b"/Annots[5 0 R]"
    ),
    "that is a picture's name and an action both": page_pdf(
        b"", b"/XObject<</JS 5 0 R>>", b"<</S/JavaScript/JS(x)>>", page=b"/AA<</O 5 0 R>>"
    ),
    "seen first as resources": page_pdf(b"", b"/Properties 5 0 R", b"<</JS(x)>>", page=b"/AA<</O 5 0 R>>"),
    "a film": page_pdf(b"", b"", b"<</Subtype/Movie/Rect[0 0 9 9]>>", page=b"/Annots[5 0 R]"),
    "a file pinned to the page": page_pdf(
        b"",
        b"",
        b"<</Subtype/FileAttachment/FS<</F(x)/EF<</F 6 0 R>>>>>>",
        stream(b"", b"MZ"),
        page=b"/Annots[5 0 R]",
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_name_that_the_author_chose_makes_no_script(name: str) -> None:
    assert accept([Upload(HARMLESS[name])]).pdf == HARMLESS[name]


@pytest.mark.parametrize("name", ACTIVE)
def test_an_action_is_found_wherever_a_reader_would_run_it(name: str) -> None:
    with pytest.raises(PdfCarriesActiveContent):
        accept([Upload(ACTIVE[name])])


def test_the_logical_structure_and_notes_are_no_script_whatever_their_names() -> None:
    writer = empty_pdf()
    roles = DictionaryObject({NameObject("/S"): NameObject("/Sound"), NameObject("/JS"): TextStringObject("x")})
    root = DictionaryObject({NameObject("/K"): writer._add_object(roles)})
    writer.root_object[NameObject("/StructTreeRoot")] = writer._add_object(root)
    writer.add_metadata({"/JS": "a note", "/EF": "another"})
    assert accept([Upload(pdf_of(writer))]).pages == 1


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256-R5", "AES-256"])
def test_a_pdf_with_only_an_owner_password_is_accepted(algorithm: str) -> None:
    writer = PdfWriter(clone_from=BytesIO(render_letter(letter())))
    writer.encrypt("", "owner", algorithm=algorithm)
    paper = accept([Upload(pdf_of(writer))])
    reader = PdfReader(BytesIO(paper.pdf))
    assert not reader.is_encrypted
    assert "授权" in reader.pages[0].extract_text()
    writer = PdfWriter(clone_from=BytesIO(render_letter(letter())))
    writer.encrypt("secret", "owner", algorithm=algorithm)
    with pytest.raises(PdfEncrypted):
        accept([Upload(pdf_of(writer))])


def test_what_is_hidden_by_encryption_is_inspected_too() -> None:
    writer = PdfWriter(clone_from=BytesIO(ACTIVE["on an annotation"]))
    writer.encrypt("", "owner", algorithm="AES-256")
    with pytest.raises(PdfCarriesActiveContent):
        accept([Upload(pdf_of(writer))])


def archive(**entries: bytes) -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return written.getvalue()


def test_another_format_that_contains_a_pdf_is_not_a_pdf() -> None:
    pdf = pdf_of(empty_pdf())
    others = [archive(a=b"%PDF-1.7"), archive(a=pdf), b"<html>" + pdf, b"GIF89a" + pdf, b"MZ\0\0" + pdf]
    for other in others:
        with pytest.raises(FormatNotAccepted):
            accept([Upload(other)])


@pytest.mark.parametrize("before", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b"\0"])
@pytest.mark.parametrize("after", [b"", b"\r\n\0\0", archive(a=b"MZ"), archive(a=b"MZ", b=bytes(9)), b"MZ" * 99])
def test_the_stored_file_is_a_pdf_and_nothing_else(before: bytes, after: bytes) -> None:
    kept = accept([Upload(before + pdf_of(empty_pdf(2)) + after)])
    assert (kept.pages, kept.pdf[:5], kept.pdf.rstrip(b"\r\n\0")[-5:]) == (2, b"%PDF-", b"%%EOF")
    assert not zipfile.is_zipfile(BytesIO(kept.pdf))
    assert b"MZ" not in kept.pdf


REPEATED = {
    "forms in forms": nested_forms(9),
    "a form that draws itself": page_pdf(
        b"/X Do", b"/XObject<</X 5 0 R>>", form(b"/X Do", b"/XObject<</X 5 0 R>>")
    ),
    "an overlapping pattern": pattern(step=1, side=600),
    "an endless pattern": pattern(step=0.001, side=1),
    "a form whose name is escaped": nested_forms(9).replace(b"/X Do ", b"/#58 Do"),
    "a form whose use is split by comments": page_pdf(
        b"/X%\nDo " * 10_000,
        b"/XObject<</X 5 0 R>>",
        form(b"/X%\nDo " * 10_000, b"/XObject<</X 6 0 R>>"),
        form(b"1 1 9 9 re f"),
    ),
    "glyphs that are drawings": page_pdf(
        b"BT /T 9 Tf (%s) Tj ET" % (b"a" * 50_000),
        b"/Font<</T 5 0 R>>",
        b"<</Type/Font/Subtype/Type3/FontMatrix[1 0 0 1 0 0]/FontBBox[0 0 9 9]/FirstChar 97/LastChar 97/Widths[9]"
        b"/Encoding<</Differences[97/a]>>/CharProcs<</a 6 0 R>>>>",
        stream(b"", b"9 0 d0 " + b"1 1 9 9 re f\n" * 100),
    ),
    "pictures in pictures": page_pdf(
        b"/X Do " * 1000,
        b"/XObject<</X 5 0 R>>",
        stream(
            b"/Type/XObject/Subtype/Image/Width 7000/Height 9000/ColorSpace/DeviceGray/BitsPerComponent 1", b"x"
        ),
    ),
}


@pytest.mark.parametrize("name", REPEATED)
def test_drawings_that_multiply_are_refused_before_they_are_drawn(name: str) -> None:
    with pytest.raises(DrawingTooComplex) as refused:
        accept([Upload(REPEATED[name])])
    assert refused.value.facts == {"page": 1}


@pytest.mark.parametrize(
    "pdf", [nested_forms(3), pattern(step=8, side=8), pattern(step=0.5, side=0.5), render_letter(letter(60))]
)
def test_drawings_with_ordinary_repetition_are_accepted_and_rendered(pdf: bytes) -> None:
    with opened(accept([Upload(pdf)]).pdf) as document:
        assert render(document, 0, 72).height == 842


def _with_jpeg(jpeg: bytes, side: int) -> bytes:
    head = (
        b"/Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode"
    )
    return page_pdf(b"/X Do", b"/XObject<</X 5 0 R>>", stream(head % (side, side), jpeg))


def test_a_picture_in_a_pdf_is_measured_by_its_own_header_too() -> None:
    jpeg = saved(Image.new("L", (9000, 9000)), "JPEG")
    with pytest.raises(PictureTooLarge):
        accept([Upload(_with_jpeg(jpeg, 10))])
    assert accept([Upload(_with_jpeg(saved(Image.new("L", (90, 90)), "JPEG"), 90))]).pages == 1


def test_endless_scans_are_refused_in_a_pdf_too() -> None:
    with pytest.raises(ProcessingTimeExceeded):
        accept([Upload(_with_jpeg(progressive_bomb(scans=2000), 7900))])


@pytest.mark.parametrize("objects", [1_000, 30_000])
def test_the_number_of_objects_costs_bounded_time(objects: int) -> None:
    chain = [b"<</A %d 0 R>>" % (n + 6) for n in range(objects)]
    pdf = page_pdf(b"", b"/Properties 5 0 R", *chain, b"<<>>")
    with suppress(ProcessingTimeExceeded):
        assert accept([Upload(pdf)], PdfLimits(cpu_seconds=2)).pages == 1


def test_pages_that_are_their_own_ancestors_are_no_pdf() -> None:
    for kids in (b"2 0 R", b"5 0 R", b"3 0 R 5 0 R"):
        pdf = page_pdf(b"", b"", b"<</Type/Pages/Count 1/Kids[2 0 R]>>").replace(b"[3 0 R]", b"[%s]" % kids)
        with suppress(NotAPdf):
            assert accept([Upload(pdf)], PdfLimits(cpu_seconds=2)).pages <= 2
