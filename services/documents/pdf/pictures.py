"""A photo or scan becomes one page of a PDF: upright, fitted to A4, its JPEG data kept where possible."""

import io
import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from PIL import Image, ImageOps, UnidentifiedImageError

from services.documents.pdf.errors import FileTruncated, FormatNotAccepted, PictureTooLarge

A4_POINTS = (595.2756, 841.8898)
_A4_AT_300_DPI = (2480, 3508)
_KEEP_JPEG_UP_TO = 25_000_000
_JPEG_QUALITY = 88
_ORIENTATION = 0x0112
_UPRIGHT = 1
# How each EXIF orientation is undone when the unit square of the picture is set on the page: a b c d e f.
_UPRIGHT_MATRICES = {
    1: (1, 0, 0, 1, 0, 0),
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}
_SIDEWAYS = {5, 6, 7, 8}
_FRAME_HEADERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # SOF0 to SOF15
Matrix = tuple[float, float, float, float, float, float]
Filter = Literal["/DCTDecode", "/FlateDecode"]


@dataclass(frozen=True, slots=True)
class PagePicture:
    """What a page's picture is in PDF terms, and where on the page (in points) it stands."""

    data: bytes
    data_filter: Filter
    width: int
    height: int
    colour_space: Literal["/DeviceGray", "/DeviceRGB"]
    bits: int
    page: tuple[float, float]
    placed: Matrix


def page_picture(content: bytes, pixel_limit: int) -> PagePicture:
    """The page that a JPEG, PNG or HEIC makes; its size is checked in the header, before a pixel is decoded."""
    picture = _opened(content)
    width, height = picture.size
    if width * height > pixel_limit:
        raise PictureTooLarge(width=width, height=height, limit_megapixels=pixel_limit // 1_000_000)
    try:
        return _kept_jpeg(content, picture) or _recoded(picture)
    except (OSError, SyntaxError, ValueError, EOFError, zlib.error) as problem:
        raise FileTruncated from problem


def _opened(content: bytes) -> Image.Image:
    _accept_heic()
    Image.MAX_IMAGE_PIXELS = None  # our own limit is told with numbers and a next step
    try:
        return Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "HEIF"))
    except UnidentifiedImageError as problem:
        raise (FileTruncated if _looks_like_picture(content) else FormatNotAccepted) from problem
    except (OSError, SyntaxError, ValueError, EOFError, RuntimeError) as problem:
        raise FileTruncated from problem


@cache
def _accept_heic() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)


def _looks_like_picture(content: bytes) -> bool:
    return content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or content[4:8] == b"ftyp"


def _kept_jpeg(content: bytes, picture: Image.Image) -> PagePicture | None:
    """The JPEG data as the camera wrote it, when a PDF can hold it so: no loss, no second coding."""
    if picture.format not in {"JPEG", "MPO"} or picture.mode not in {"L", "RGB"}:
        return None
    width, height = picture.size
    if width * height > _KEEP_JPEG_UP_TO:
        return None
    orientation = picture.getexif().get(_ORIENTATION, _UPRIGHT)
    picture.draft("L", (width // 8, height // 8))
    picture.load()  # reads every byte, so that a truncated file is found here
    colour: Any = "/DeviceGray" if picture_components(content) == 1 else "/DeviceRGB"
    page, placed = _on_a4(width, height, orientation if orientation in _UPRIGHT_MATRICES else _UPRIGHT)
    return PagePicture(without_metadata(content), "/DCTDecode", width, height, colour, 8, page, placed)


def _recoded(picture: Image.Image) -> PagePicture:
    """Any other picture: upright, on white, no finer than 300 dpi on A4."""
    two_tone = picture.mode == "1"
    if picture.format in {"JPEG", "MPO"}:
        picture.draft("RGB", _A4_AT_300_DPI)
    flat = _on_white(ImageOps.exif_transpose(picture))
    landscape = flat.width > flat.height
    if not two_tone:
        flat.thumbnail(_A4_AT_300_DPI[::-1] if landscape else _A4_AT_300_DPI, Image.Resampling.LANCZOS)
    page, placed = _on_a4(flat.width, flat.height, _UPRIGHT)
    if two_tone:
        data = zlib.compress(flat.convert("1").tobytes())
        return PagePicture(data, "/FlateDecode", flat.width, flat.height, "/DeviceGray", 1, page, placed)
    coded = io.BytesIO()
    flat.save(coded, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    colour: Any = "/DeviceGray" if flat.mode == "L" else "/DeviceRGB"
    return PagePicture(coded.getvalue(), "/DCTDecode", flat.width, flat.height, colour, 8, page, placed)


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, in grey or colour of 8 bits."""
    if picture.mode in {"1", "L", "RGB"} and "transparency" not in picture.info:
        return picture.convert("L") if picture.mode == "1" else picture
    if picture.mode.startswith("I"):
        return picture.convert("I").point(lambda depth: depth / 256).convert("L")
    if picture.mode in {"CMYK", "YCbCr", "LAB"}:
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    white = Image.new("RGBA", layered.size, "white")
    white.alpha_composite(layered)
    return white.convert("RGB")


def _on_a4(width: int, height: int, orientation: int) -> tuple[tuple[float, float], Matrix]:
    """A4 upright or lying, whichever the picture is, and the matrix that sets it there, whole and centred."""
    upright = (height, width) if orientation in _SIDEWAYS else (width, height)
    page = A4_POINTS if upright[0] <= upright[1] else A4_POINTS[::-1]
    scale = min(page[0] / upright[0], page[1] / upright[1])
    wide, high = upright[0] * scale, upright[1] * scale
    left, bottom = (page[0] - wide) / 2, (page[1] - high) / 2
    a, b, c, d, e, f = _UPRIGHT_MATRICES[orientation]
    return page, (a * wide, b * high, c * wide, d * high, e * wide + left, f * high + bottom)


def picture_components(jpeg: bytes) -> int:
    """How many colour components the JPEG's frame header names; 3 where none is found."""
    for marker, segment in _segments(jpeg):
        if marker in _FRAME_HEADERS:
            return segment[9] if len(segment) > 9 else 3  # noqa: PLR2004 - offset of Nf in the segment
    return 3


def without_metadata(jpeg: bytes) -> bytes:
    """The JPEG without what the camera wrote about it: place, time and device are nobody's business."""
    kept, end = [b"\xff\xd8"], 2
    for marker, segment in _segments(jpeg):
        end += len(segment)
        if marker not in {*range(0xE1, 0xEE), 0xEF, 0xFE}:  # all but APP0 (JFIF) and APP14 (Adobe colour)
            kept.append(segment)
    return b"".join([*kept, jpeg[end:]])


def _segments(jpeg: bytes) -> list[tuple[int, bytes]]:
    """The segments before the first scan, each with its marker, contiguous from byte 2 on."""
    found, at = [], 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != 0xDA:  # noqa: PLR2004 - SOS
        length = 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        found.append((jpeg[at + 1], jpeg[at : at + length]))
        at += length
    return found
