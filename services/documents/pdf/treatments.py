"""What is done to a page on which no reader found the code, the most promising first; made one at a time."""

from collections.abc import Iterator

from PIL import Image, ImageChops, ImageFilter, ImageOps

_SMALL, _LARGE = 1400, 2600  # pixels of the longer side: modules of a code are then some 3 and 7 pixels wide
_ANGLES = (9, -9, 22, -22, 45)
_MIDDLE = 128


def treatments(page: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    """Each treatment's name and the page in grey after it; all start from the red channel."""
    without_red = red_channel(page)
    yield "levelled", _levelled(without_red)
    yield "softened", without_red.filter(ImageFilter.GaussianBlur(1.5))
    yield "specks removed", without_red.filter(ImageFilter.MedianFilter(3))
    yield "local threshold", _local_threshold(without_red)
    for name, size in (("smaller", _SMALL), ("larger", _LARGE)):
        sized = _sized(without_red, size)
        yield name, sized
        yield f"{name}, softened", sized.filter(ImageFilter.GaussianBlur(1.2))
        yield f"{name}, local threshold", _local_threshold(sized)
        # A median of five by five finds no more codes and takes five times as long on a page full of specks.
        yield f"{name}, specks removed", sized.filter(ImageFilter.MedianFilter(3))
    yield from _turned(_sized(without_red, _SMALL))


def red_channel(page: Image.Image) -> Image.Image:
    """The page as a red stamp is not seen on it."""
    return page.getchannel("R") if page.mode == "RGB" else page.convert("L")


def _levelled(grey: Image.Image) -> Image.Image:
    """The pale made strong: the darkest hundredth black, the lightest white."""
    return ImageOps.autocontrast(grey, cutoff=1)


def _local_threshold(grey: Image.Image) -> Image.Image:
    """Black where it is darker than its surroundings, so that shadows and gradients vanish."""
    radius = max(grey.size) // 60
    surroundings = grey.filter(ImageFilter.BoxBlur(radius))
    difference = ImageChops.subtract(grey, surroundings, scale=1, offset=_MIDDLE + 6)
    return difference.point([0] * _MIDDLE + [255] * _MIDDLE)


def _sized(grey: Image.Image, longer_side: int) -> Image.Image:
    scale = longer_side / max(grey.size)
    size = (max(1, round(grey.width * scale)), max(1, round(grey.height * scale)))
    return grey.resize(size, Image.Resampling.LANCZOS)


def _turned(grey: Image.Image) -> Iterator[tuple[str, Image.Image]]:
    softened = grey.filter(ImageFilter.GaussianBlur(0.8))
    for angle in _ANGLES:
        turned = softened.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        yield f"turned by {angle}", turned
