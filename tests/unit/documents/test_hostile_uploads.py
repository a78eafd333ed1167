"""Hostile files are refused, each with its own reason, before they cost time or memory."""

import pickle
import time
import tracemalloc
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from services.documents.pdf import problems
from services.documents.pdf.letter import render_letter
from services.documents.pdf.pages import Upload, accept
from shared.problems import RuleBroken
from tests.unit.documents import uploads
from tests.unit.documents.letters import letter

HONEST_JPEG = uploads.saved(Image.effect_mandelbrot((900, 700), (-2, -1, 1, 1), 100), "JPEG")
HONEST_PNG = uploads.saved(Image.effect_mandelbrot((900, 700), (-2, -1, 1, 1), 100), "PNG")
LETTER = render_letter(letter())
ALL_RULES = [
    rule for rule in vars(problems).values() if isinstance(rule, type) and rule.__module__ == problems.__name__
]
REFUSED = {
    "empty": (b"", problems.FormatNotAccepted),
    "text": (b"hello", problems.FormatNotAccepted),
    "word document": (b"PK\x03\x04" + bytes(100), problems.FormatNotAccepted),
    "gif": (uploads.saved(Image.new("P", (9, 9)), "GIF"), problems.FormatNotAccepted),
    "pdf in name only": (b"%PDF-1.7\nhello", problems.NotAPdf),
    "half a pdf": (LETTER[: len(LETTER) // 2], problems.NotAPdf),
    "encrypted": (uploads.encrypted_pdf("secret"), problems.PdfEncrypted),
    "5,000 pages": (uploads.many_pages(5000), problems.TooManyPages),
    "javascript": (uploads.with_javascript(), problems.PdfCarriesActiveContent),
    "javascript on a page": (uploads.with_page_action(), problems.PdfCarriesActiveContent),
    "launch": (uploads.with_action("/Launch"), problems.PdfCarriesActiveContent),
    "attachment": (uploads.with_attachment(), problems.PdfCarriesActiveContent),
    "huge page": (uploads.pdf_of(uploads.empty_pdf(1, 20_000, 20_000)), problems.PageTooLarge),
    "page without area": (uploads.pdf_of(uploads.empty_pdf(1, 0, 0)), problems.PageTooLarge),
    "picture in pdf": (uploads.pdf_with_huge_picture(60_000), problems.PictureTooLarge),
    "png 60,000": (uploads.huge_png(60_000), problems.PictureTooLarge),
    "jpeg 60,000": (uploads.huge_jpeg(60_000), problems.PictureTooLarge),
    "half a jpeg": (HONEST_JPEG[: len(HONEST_JPEG) // 2], problems.FileTruncated),
    "half a png": (HONEST_PNG[: len(HONEST_PNG) // 2], problems.FileTruncated),
    "beginning of a png": (HONEST_PNG[:20], problems.FileTruncated),
    "bomb": (uploads.content_bomb(1024**3), problems.DecompressionBomb),
    "bomb in a bomb": (uploads.content_bomb(2 * 1024**3, layers=2), problems.DecompressionBomb),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused_for_its_own_reason_quickly_and_with_little_memory(name: str) -> None:
    content, rule = REFUSED[name]
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(rule):
        accept([Upload(content)])
    assert time.process_time() - started < 5
    assert tracemalloc.get_traced_memory()[1] < 100 * 1024 * 1024
    tracemalloc.stop()


@pytest.mark.parametrize("content", [uploads.huge_png(60_000), uploads.huge_jpeg(60_000)])
def test_a_picture_is_measured_in_its_header(content: bytes) -> None:
    times = []
    for _ in range(5):
        started = time.process_time()
        with pytest.raises(problems.PictureTooLarge) as refused:
            accept([Upload(content)])
        times.append(time.process_time() - started)
    assert min(times) < 0.05
    assert "60000×60000" in refused.value.message("zh")


def test_a_letter_of_ours_is_not_refused() -> None:
    assert accept([Upload(LETTER)]).pages == 1


@settings(deadline=None, max_examples=150)
@given(st.sampled_from([LETTER, HONEST_JPEG, HONEST_PNG]), st.data())
def test_a_damaged_file_is_accepted_or_refused_without_an_unexpected_error(
    whole: bytes, data: st.DataObject
) -> None:
    damaged = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 20))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(damaged)))
    with suppress(RuleBroken):
        assert accept([Upload(bytes(damaged[:cut]))]).pages


@pytest.mark.parametrize("rule", ALL_RULES)
def test_every_refusal_crosses_the_process_boundary_with_its_words(rule: type[RuleBroken]) -> None:
    names = ("pages", "page", "limit", "found", "width", "height", "limit_megapixels")
    facts: dict[str, Any] = dict.fromkeys((*names, "number", "version", "current", "expected", "characters"), 7)
    refused = pickle.loads(pickle.dumps(rule(**facts)))
    assert type(refused) is rule
    for language in ("zh", "en"):
        assert refused.message(language)
        assert refused.next_step(language)
    assert rule.code == rule.code.lower().replace(" ", "-")
