"""Degraded pages: rotation, noise, blur and the like; every case is the same in every run."""

from dataclasses import dataclass
from functools import cache, partial
from io import BytesIO
from typing import Protocol

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from deploy.laptop.demo.scan_simulation import add_noise, as_jpeg, print_letter, stamp, turn

QR_CENTRE_MM = (168.0, 34.0)


class Degradation(Protocol):
    """A degradation of a page, given the page and its dpi."""

    def __call__(self, page: Image.Image, dpi: int, chance: np.random.Generator) -> Image.Image: ...


def skew(page: Image.Image, dpi: int, chance: np.random.Generator) -> Image.Image:
    return turn(page, float(chance.uniform(1, 20) * chance.choice((-1, 1))))


def quarter(page: Image.Image, dpi: int, chance: np.random.Generator) -> Image.Image:
    return turn(page, float(chance.choice((90, 180, 270)) + chance.uniform(-4, 4)))


def perspective(page: Image.Image, dpi: int, chance: np.random.Generator, reach: float = 0.12) -> Image.Image:
    """A photo taken at an angle: each corner moves inwards by up to an eighth."""
    w, h = page.size
    inward = chance.uniform(0, reach, 8)
    corners = [(w * inward[0], h * inward[1]), (w * (1 - inward[2]), h * inward[3])]
    corners += [(w * (1 - inward[4]), h * (1 - inward[5])), (w * inward[6], h * (1 - inward[7]))]
    coefficients = _homography(corners, [(0, 0), (w, 0), (w, h), (0, h)])
    return page.transform(
        page.size, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BICUBIC, fillcolor=(96, 88, 80)
    )


def gaussian(
    page: Image.Image, dpi: int, chance: np.random.Generator, low: float = 25, high: float = 70
) -> Image.Image:
    pixels = np.asarray(page, dtype=np.float32)
    grain = chance.normal(0, chance.uniform(low, high), pixels.shape).astype(np.float32)
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


def salt(page: Image.Image, dpi: int, chance: np.random.Generator) -> Image.Image:
    pixels = np.array(page)
    share, draw = chance.uniform(0.02, 0.12), chance.random(pixels.shape[:2])
    pixels[draw < share / 2] = 0
    pixels[draw > 1 - share / 2] = 255
    return Image.fromarray(pixels)


def fax(page: Image.Image, dpi: int, chance: np.random.Generator) -> Image.Image:
    """A fax: bilevel at 100 dpi, slightly tilted and dirty, too dark or too light."""
    small = turn(page, float(chance.uniform(-3, 3)))
    small = small.convert("L").resize((round(small.width * 100 / dpi), round(small.height * 100 / dpi)))
    pixels = np.asarray(small, dtype=np.float32) + chance.normal(0, 18, (small.height, small.width))
    return Image.fromarray(np.where(pixels > chance.uniform(95, 180), 255, 0).astype(np.uint8)).convert("RGB")


def pale(page: Image.Image, dpi: int, chance: np.random.Generator) -> Image.Image:
    """Low toner: light grey on off-white paper with grain."""
    black = int(chance.uniform(150, 215))
    faded = ImageOps.colorize(page.convert("L"), (black, black, black), (232, 230, 224))
    return gaussian(faded, dpi, chance, 2, 6)


def stamped(page: Image.Image, dpi: int, chance: np.random.Generator) -> Image.Image:
    centre = (QR_CENTRE_MM[0] + chance.uniform(-22, 22), QR_CENTRE_MM[1] + chance.uniform(-18, 22))
    return stamp(page, centre, dpi, float(chance.uniform(-30, 30)), float(chance.uniform(0.7, 1.0)))


def jpeg(page: Image.Image, dpi: int, chance: np.random.Generator) -> Image.Image:
    return Image.open(BytesIO(as_jpeg(page, int(chance.integers(20, 41))))).convert("RGB")


def shadow(page: Image.Image, dpi: int, chance: np.random.Generator) -> Image.Image:
    """A hand between lamp and paper."""
    w = page.width
    across = np.linspace(chance.uniform(0.15, 0.4), 1.0, w, dtype=np.float32)
    shade = across[::-1] if chance.random() < 0.7 else across
    return Image.fromarray((np.asarray(page, dtype=np.float32) * shade[None, :, None]).astype(np.uint8))


def blurred(page: Image.Image, dpi: int, chance: np.random.Generator) -> Image.Image:
    return page.filter(ImageFilter.GaussianBlur(float(chance.uniform(0.3, 0.5)) * dpi / 25.4))


def scanner(page: Image.Image, dpi: int, chance: np.random.Generator) -> Image.Image:
    return add_noise(page, 24, int(chance.integers(2**31)))


WAYS: dict[str, tuple[int, tuple[Degradation, ...]]] = {
    "skew": (6, (skew,)),
    "quarter": (4, (quarter,)),
    "perspective": (5, (perspective,)),
    "gaussian": (5, (gaussian,)),
    "salt": (4, (salt,)),
    "fax": (7, (fax,)),
    "pale": (6, (pale,)),
    "stamp": (7, (stamped,)),
    "jpeg": (3, (jpeg,)),
    "blur": (4, (blurred,)),
    "office": (9, (stamped, skew, scanner, jpeg)),
    "stamped fax": (7, (stamped, fax)),
    "worn": (6, (pale, skew, salt, blurred, jpeg)),
    "grainy": (4, (partial(gaussian, low=80, high=120),)),
    "photo": (7, (stamped, partial(perspective, reach=0.1), shadow, jpeg)),
}
DPIS = (100, 150, 200, 300)


@dataclass(frozen=True)
class Case:
    """One degraded page: the degradation and its random seed."""

    way: str
    number: int

    @property
    def dpi(self) -> int:
        return DPIS[self.number % len(DPIS)]

    def degraded(self, letter_pdf: bytes) -> Image.Image:
        """The first page of the letter after the degradation."""
        chance = np.random.default_rng([20261122, list(WAYS).index(self.way), self.number])
        picture = _printed(letter_pdf, self.dpi)
        for step in WAYS[self.way][1]:
            picture = step(picture, self.dpi, chance)
        return picture


def cases() -> list[Case]:
    """Every case of every degradation, at 100 to 300 dpi in turn."""
    return [Case(way, number) for way, (count, _) in WAYS.items() for number in range(count)]


@cache
def _printed(letter_pdf: bytes, dpi: int) -> Image.Image:
    return print_letter(letter_pdf, dpi)[0]


def _homography(source: list[tuple[float, float]], target: list[tuple[float, float]]) -> tuple[float, ...]:
    """The eight coefficients by which Pillow finds, for each place on the result, its place on the page."""
    rows, right = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        right += [u, v]
    solved = np.linalg.solve(np.array(rows, dtype=np.float64), np.array(right, dtype=np.float64))
    return tuple(float(n) for n in solved)
