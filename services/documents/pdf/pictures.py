"""A photo or scan becomes one page of a PDF: decoded, coded anew without metadata, and fitted to A4."""

import io
import warnings
import zlib
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from PIL import Image, ImageChops, ImageCms, JpegImagePlugin, UnidentifiedImageError

from services.documents.pdf.problems import FileTruncated, FormatNotAccepted, PictureTooLarge
from shared.workers.problems import ProcessingTimeExceeded

A4_POINTS = (595.2756, 841.8898)
_A4_AT_300_DPI = (2480, 3508)
_FULL_JPEG_UP_TO = 25_000_000
_JPEG_QUALITY = 88
_ORIENTATION = 0x0112
_UPRIGHT = 1
# A decoder is given so many bytes at a time: a JPEG of endless tiny scans cannot keep the processor for long.
_DECODED_AT_ONCE = 4096
# A scan visits every pixel however few bytes it has: these are some five seconds of libjpeg.
_SCANNED_PIXELS = 9_000_000_000
_START_OF_SCAN = b"\xff\xda"
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
_DAMAGED = (OSError, SyntaxError, ValueError, EOFError, zlib.error)
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
    """The page that a JPEG, PNG or HEIC makes; its size is checked in the header, before a pixel is decoded.

    Every picture is decoded and coded anew. So what the platform keeps is what its own decoder saw, and nothing
    of the camera's place, time, device or comments goes along, wherever the file hid it.
    """
    with warnings.catch_warnings(action="ignore"):  # Pillow's remarks on broken notes, which are left out anyway
        return _page_picture(content, _opened(content), pixel_limit)


def _page_picture(content: bytes, picture: Image.Image, pixel_limit: int) -> PagePicture:
    width, height = picture.size
    if width * height > pixel_limit:
        raise PictureTooLarge(width=width, height=height, limit_megapixels=pixel_limit // 1_000_000)
    if isinstance(picture, JpegImagePlugin.JpegImageFile):
        check_scans(content, width * height)
    try:
        orientation = _orientation(picture)
        _draft(picture)
        return _coded(picture, orientation)
    except _DAMAGED as problem:
        raise FileTruncated from problem


def check_scans(jpeg: bytes, pixels: int) -> None:
    """Raises ProcessingTimeExceeded for a JPEG whose scans, each over all its pixels, take too long to decode."""
    if jpeg.count(_START_OF_SCAN) * pixels > _SCANNED_PIXELS:
        raise ProcessingTimeExceeded


def looks_like_picture(content: bytes) -> bool:
    """Whether the file begins as a JPEG, a PNG or a HEIC does."""
    return content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or content[4:8] == b"ftyp"


def _opened(content: bytes) -> Image.Image:
    _accept_heic()
    Image.MAX_IMAGE_PIXELS = None  # our own limit is told with numbers and a next step
    try:
        return Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "HEIF"))
    except UnidentifiedImageError as problem:
        raise (FileTruncated if looks_like_picture(content) else FormatNotAccepted) from problem
    except (*_DAMAGED, RuntimeError) as problem:
        raise FileTruncated from problem


@cache
def _accept_heic() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)


def _orientation(picture: Image.Image) -> int:
    """How the camera was held; upright where its note cannot be read, since the picture itself still can."""
    try:
        orientation = picture.getexif().get(_ORIENTATION, _UPRIGHT)
    except Exception:  # noqa: BLE001 - Pillow's parser of EXIF and XMP raises whatever a broken note leads it to
        return _UPRIGHT
    return orientation if orientation in _UPRIGHT_MATRICES else _UPRIGHT


def _draft(picture: Image.Image) -> None:
    """Has the decoder skip the finest detail of a JPEG that is reduced anyway."""
    if isinstance(picture, JpegImagePlugin.JpegImageFile):
        picture.decodermaxblock = _DECODED_AT_ONCE
        if _larger_than_stored(picture):
            picture.draft(None, _box(picture))


def _coded(picture: Image.Image, orientation: int) -> PagePicture:
    """The pixels on white, a JPEG's as fine as they were, others' no finer than 300 dpi on A4."""
    two_tone = picture.mode == "1"
    flat = _on_white(_in_srgb(picture))
    if not two_tone and _larger_than_stored(picture):
        flat.thumbnail(_box(picture), Image.Resampling.LANCZOS)
    page, placed = _on_a4(flat.width, flat.height, orientation)
    if two_tone:
        data = zlib.compress(flat.convert("1").tobytes())
        return PagePicture(data, "/FlateDecode", flat.width, flat.height, "/DeviceGray", 1, page, placed)
    colour: Any = "/DeviceGray" if flat.mode == "L" else "/DeviceRGB"
    jpeg = _jpeg(flat, picture)
    return PagePicture(jpeg, "/DCTDecode", flat.width, flat.height, colour, 8, page, placed)


def _larger_than_stored(picture: Image.Image) -> bool:
    return picture.format not in {"JPEG", "MPO"} or picture.width * picture.height > _FULL_JPEG_UP_TO


def _box(picture: Image.Image) -> tuple[int, int]:
    return _A4_AT_300_DPI if picture.height >= picture.width else _A4_AT_300_DPI[::-1]


def _jpeg(flat: Image.Image, picture: Image.Image) -> bytes:
    """Coded as finely as the camera did where the pixels are its own, so that next to nothing is lost."""
    options: dict[str, Any] = {"quality": _JPEG_QUALITY, "subsampling": 0}
    if isinstance(picture, JpegImagePlugin.JpegImageFile) and flat.size == picture.size:
        sampling = JpegImagePlugin.get_sampling(picture)
        if flat.mode == picture.mode and picture.quantization:
            options = {"qtables": picture.quantization, "subsampling": max(sampling, 0)}
    coded = io.BytesIO()
    flat.info.clear()  # Pillow writes a comment that it finds there
    flat.save(coded, "JPEG", **options)
    return coded.getvalue()


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Its colours without need of the profile, which would tell of the device; wrong profiles count as none."""
    picture.load()
    if picture.mode == "CMYK" and picture.format == "JPEG" and "adobe" not in picture.info:
        picture = _with_profile(ImageChops.invert(picture), picture)  # Pillow took it for Adobe's inverted kind
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in {"RGB", "CMYK"}:
        return picture
    try:
        given = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(picture, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, *_DAMAGED):
        return picture
    return picture if converted is None else converted


def _with_profile(inverted: Image.Image, picture: Image.Image) -> Image.Image:
    inverted.info = dict(picture.info)
    return inverted


def _on_white(picture: Image.Image) -> Image.Image:
    """Without transparency, in grey or colour of 8 bits; a copy that knows nothing of the file."""
    if picture.mode in {"1", "L", "RGB"} and "transparency" not in picture.info:
        return picture.convert("L") if picture.mode == "1" else picture.copy()
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
