"""What an office does with a letter: prints it, stamps it, and lays it askew on a scanner.

Pillow and pypdfium2 only, and every draw of chance from the seed: the same seed gives the same scan.
"""

import io
import math
import random

import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageFilter

INK = (200, 28, 40)
MM_PER_INCH = 25.4
STAMP_MM = 42


def print_letter(pdf: bytes, dpi: int = 200) -> list[Image.Image]:
    """The pages of a letter on paper."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=dpi / 72).to_pil().convert("RGB").copy() for page in document]
    finally:
        document.close()


def stamp_and_scan(pdf: bytes, seed: int = 1, dpi: int = 200) -> list[bytes]:
    """The pages as an office sends them back: stamped partly over the code, turned, noisy, a JPEG each."""
    chance = random.Random(seed)  # noqa: S311 - a drawing, no secret
    scans = []
    for page in print_letter(pdf, dpi):
        stamped = stamp(
            page, (163 + chance.uniform(-8, 8), 52 + chance.uniform(-6, 6)), dpi, chance.uniform(-20, 20)
        )
        turned = turn(stamped, chance.uniform(1, 6) * chance.choice((-1, 1)))
        scans.append(as_jpeg(add_noise(turned, 18, chance.randrange(2**31)), quality=55))
    return scans


def stamp(
    page: Image.Image, centre_mm: tuple[float, float], dpi: int, angle: float = 0.0, strength: float = 0.85
) -> Image.Image:
    """A round red seal with its star, pressed on the page (millimetres from the upper left corner)."""
    side = round(STAMP_MM * dpi / MM_PER_INCH)
    seal = _round_seal(side).rotate(angle, Image.Resampling.BICUBIC, fillcolor=0)
    ink = Image.new("L", page.size, 0)
    x, y = (round(at * dpi / MM_PER_INCH) - side // 2 for at in centre_mm)
    ink.paste(seal.point(lambda depth: round(depth * strength)), (x, y))
    red = ImageChops.multiply(page, Image.new("RGB", page.size, INK))
    return Image.composite(red, page, ink)


def turn(page: Image.Image, degrees: float) -> Image.Image:
    """The page askew, the scanner's white lid around it."""
    return page.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=(248, 248, 246))


def add_noise(page: Image.Image, spread: int, seed: int) -> Image.Image:
    """Grain of a cheap scanner, `spread` grey levels to either side."""
    chance = random.Random(seed)  # noqa: S311
    grain = Image.frombytes("L", page.size, chance.randbytes(page.width * page.height))
    grain = grain.point(lambda level: round(level * 2 * spread / 255))
    return ImageChops.add(page, Image.merge("RGB", [grain] * 3), scale=1, offset=-spread)


def as_jpeg(page: Image.Image, quality: int) -> bytes:
    """The scan as the scanner's software saves it."""
    saved = io.BytesIO()
    page.save(saved, "JPEG", quality=quality)
    return saved.getvalue()


def _round_seal(side: int) -> Image.Image:
    """Where the seal's ink is, 0 to 255: a ring, a star and an arc of strokes in place of its words."""
    seal = Image.new("L", (side, side), 0)
    pen, middle = ImageDraw.Draw(seal), side / 2
    pen.ellipse((1, 1, side - 2, side - 2), outline=255, width=max(2, side // 28))
    pen.polygon(_star(middle, side * 0.17), fill=255)
    for n in range(13):
        _stroke(pen, middle, math.radians(150 + n * 20), side)
    return seal.filter(ImageFilter.GaussianBlur(side / 400))


def _stroke(pen: ImageDraw.ImageDraw, middle: float, angle: float, side: int) -> None:
    for reach in (0.31, 0.36, 0.41):
        x, y = middle + side * reach * math.cos(angle), middle + side * reach * math.sin(angle)
        half = side * 0.028
        pen.rectangle((x - half, y - half / 3, x + half, y + half / 3), fill=255)


def _star(middle: float, reach: float) -> list[tuple[float, float]]:
    corners = []
    for n in range(10):
        radius = reach if n % 2 == 0 else reach * 0.382
        angle = math.radians(-90 + n * 36)
        corners.append((middle + radius * math.cos(angle), middle + radius * math.sin(angle)))
    return corners
