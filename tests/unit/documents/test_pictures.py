"""Pictures of every format look the same afterwards and have no metadata."""

from contextlib import suppress
from io import BytesIO
from typing import Any

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin
from pypdf import PdfReader

from services.documents.pdf.inspection import PdfLimits
from services.documents.pdf.pages import Upload, accept
from services.documents.pdf.problems import FileTruncated, FormatNotAccepted
from services.documents.pdf.rendering import opened, render
from shared.workers.problems import ProcessingTimeExceeded
from tests.unit.documents.uploads import RED, marked_picture, progressive_bomb, saved

pillow_heif.register_heif_opener()
SECRET = b"SECRET PLACE"


def seen(pdf: bytes) -> Image.Image:
    with opened(pdf) as document:
        return render(document, 0, 72)


def stored_picture(pdf: bytes) -> Image.Image:
    (kept,) = PdfReader(BytesIO(pdf)).pages[0].images
    assert kept.image is not None
    return kept.image


def middle(pdf: bytes) -> tuple[int, ...]:
    page = seen(pdf).convert("RGB")
    colour = page.getpixel((page.width // 2, page.height // 2))
    assert isinstance(colour, tuple)
    return tuple(round(part) for part in colour)


def alike(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) < 12 for a, b in zip(one, other, strict=True))


def with_fill_bytes(jpeg: bytes) -> bytes:
    """The same JPEG with fill bytes before each marker of its header, as the standard allows (T.81, B.1.1.2)."""
    out, at = [jpeg[:2]], 2
    while jpeg[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        out += [b"\xff\xff\xff", jpeg[at:end]]
        at = end
    return b"".join([*out, b"\xff", jpeg[at:]])


@pytest.mark.parametrize("size", [(1, 1), (7, 100), (100, 7), (3, 3), (8, 8), (1, 3000), (3000, 1)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_the_smallest_pictures_are_pages_too(size: tuple[int, int], kind: str, mode: str) -> None:
    assert accept([Upload(saved(Image.new(mode, size, "red"), kind))]).pages == 1


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 2}, {"quality": 100}])
@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_with_fill_bytes_looks_as_without_them(mode: str, options: dict[str, Any]) -> None:
    plain = saved(Image.new("RGB", (200, 300), (200, 60, 40)).convert(mode), "JPEG", **options)
    expected = Image.open(BytesIO(plain)).convert("RGB").getpixel((100, 150))
    assert isinstance(expected, tuple)
    for jpeg in (plain, with_fill_bytes(plain)):
        assert alike(middle(accept([Upload(jpeg)]).pdf), expected)


def test_a_plain_cmyk_jpeg_is_not_inverted() -> None:
    adobe = saved(Image.new("RGB", (200, 300), "white").convert("CMYK"), "JPEG")
    at = adobe.index(b"\xff\xee")
    plain = adobe[:at] + adobe[at + 2 + int.from_bytes(adobe[at + 2 : at + 4], "big") :]
    assert alike(middle(accept([Upload(adobe)]).pdf), (255, 255, 255))
    assert alike(middle(accept([Upload(plain)]).pdf), (0, 0, 0))


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = SECRET.decode()
    exif.get_ifd(0x8825)[0x001B] = SECRET
    return exif


def _profile() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return profile + SECRET


def _noted_png() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Location", SECRET.decode())
    notes.add_itxt("Comment", SECRET.decode())
    notes.add(b"prVt", SECRET)
    return saved(marked_picture(), "PNG", pnginfo=notes, exif=_exif(), icc_profile=_profile())


def _noted_jpeg(mode: str = "RGB") -> bytes:
    options = {"exif": _exif(), "comment": SECRET, "xmp": SECRET, "icc_profile": _profile()}
    jpeg = saved(marked_picture().convert(mode), "JPEG", **options)
    photoshop = b"Photoshop 3.0\x008BIM" + SECRET
    return jpeg[:2] + b"\xff\xed" + (len(photoshop) + 2).to_bytes(2, "big") + photoshop + jpeg[2:]


NOTED = {
    "jpeg": _noted_jpeg(),
    "grey jpeg": _noted_jpeg("L"),
    "jpeg with fill bytes": with_fill_bytes(_noted_jpeg()),
    "jpeg with a tail": _noted_jpeg() + SECRET,
    "png": _noted_png(),
    "png with a tail": _noted_png() + SECRET,
    "heic": saved(marked_picture(), "HEIF", exif=_exif(), xmp=SECRET),
}


@pytest.mark.parametrize("name", NOTED)
def test_no_camera_metadata_are_stored(name: str) -> None:
    assert SECRET in NOTED[name]
    pdf = accept([Upload(NOTED[name])]).pdf
    assert SECRET not in pdf
    assert not stored_picture(pdf).getexif()
    assert not {"exif", "comment", "icc_profile", "xmp"} & set(stored_picture(pdf).info)
    corner = seen(pdf).convert("RGB").getpixel((60, 60))
    assert isinstance(corner, tuple)
    assert alike(corner, (76, 76, 76) if name == "grey jpeg" else RED)


def test_a_jpeg_keeps_its_detail_and_its_size() -> None:
    photo = saved(Image.effect_noise((1200, 900), 60).convert("RGB"), "JPEG", quality=85)
    pdf = accept([Upload(photo)]).pdf
    pictures = (Image.open(BytesIO(photo)), stored_picture(pdf))
    before, after = (np.asarray(one.convert("RGB"), float) for one in pictures)
    assert np.abs(before - after).mean() < 2
    assert len(pdf) < 1.1 * len(photo)


def test_colours_of_a_wide_profile_are_preserved() -> None:
    """A profile in which red and green are swapped: without it the page would be green."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    photo = saved(Image.new("RGB", (200, 300), (0, 255, 0)), "JPEG", icc_profile=bytes(profile))
    assert alike(middle(accept([Upload(photo)]).pdf), (255, 0, 0))


@pytest.mark.parametrize("profile", [b"", b"nonsense", bytes(4000)])
def test_a_profile_that_is_none_changes_nothing(profile: bytes) -> None:
    photo = saved(Image.new("RGB", (200, 300), (10, 200, 40)), "PNG", icc_profile=profile)
    assert alike(middle(accept([Upload(photo)]).pdf), (10, 200, 40))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_a_png_of_any_depth_looks_grey_where_it_is_grey(mode: str) -> None:
    deep = Image.fromarray(np.full((300, 200), 128 * 257, np.uint16))
    picture = deep if mode == "I;16" else Image.new("L", (200, 300), 128).convert("RGBA").convert(mode)
    shown = middle(accept([Upload(saved(picture, "PNG"))]).pdf)
    # Dots of black and white, laid a little finer or coarser than the screen's, are grey from afar only.
    assert len(set(shown)) == 1 if mode == "1" else alike(shown, (128, 128, 128))


def test_the_first_frame_of_an_animation_is_used() -> None:
    frames = [Image.new("RGB", (200, 300), colour) for colour in ("red", "blue")]
    for kind in ("PNG", "MPO"):
        moving = saved(frames[0], kind, save_all=True, append_images=frames[1:])
        paper = accept([Upload(moving)])
        assert paper.pages == 1
        assert alike(middle(paper.pdf), (255, 0, 0))


def test_a_jpeg_of_endless_scans_is_stopped_early() -> None:
    with pytest.raises(ProcessingTimeExceeded):
        accept([Upload(progressive_bomb(scans=20_000))], PdfLimits(cpu_seconds=0.5))


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(sorted(NOTED)), st.data())
def test_a_picture_damaged_anywhere_is_accepted_or_refused(name: str, data: st.DataObject) -> None:
    damaged = bytearray(NOTED[name])
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, min(len(damaged), 2000) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(len(damaged) // 2, len(damaged)))
    with suppress(FileTruncated, FormatNotAccepted):
        assert SECRET not in accept([Upload(bytes(damaged[:cut]))]).pdf
