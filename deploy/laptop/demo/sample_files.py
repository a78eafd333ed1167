"""Papers of people who do not exist: identity cards, certificates, agreements, with computed numbers."""

import io
import random
from dataclasses import dataclass
from datetime import UTC, datetime

from PIL import Image, ImageDraw, ImageFont
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from shared.identifiers.uscc import organisation_check
from shared.pdf.font_files import letter_font_files

_PUBLIC_INSTITUTION, ENTERPRISE = "12", "91"


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a provider's certificates, valid by their own rules."""

    uscc: str
    licence_number: str

    @classmethod
    def of_institution(cls, division: str, institution_type: str, chance: random.Random) -> "Numbers":
        """USCC (GB 32100) and licence number (organisation, division, economic and institution type)."""
        code = credit_code(_PUBLIC_INSTITUTION, division, chance)
        return cls(code, f"{code[8:17]}{division}11{institution_type}1")

    @classmethod
    def of_pharmacy(cls, division: str, province: str, chance: random.Random) -> "Numbers":
        """USCC, and drug licence number (the province's character, kind, category, nine digits)."""
        return cls(credit_code(ENTERPRISE, division, chance), f"{province}DA{chance.randrange(10**9):09d}")


def credit_code(registered_as: str, division: str, chance: random.Random) -> str:
    """A USCC: registrar and kind of entity, division, organisation code, check character (GB 32100)."""
    body = f"4{chance.randrange(10**7):07d}"
    stem = f"{registered_as}{division}{body}{organisation_check(body)}"
    return stem + str(uscc.calc_check_digit(stem))


def identity_number(division: str, chance: random.Random) -> str:
    """The number of somebody who would be far older than anybody is: born in 1900."""
    stem = f"{division}1900{chance.randrange(1, 13):02d}{chance.randrange(1, 29):02d}{chance.randrange(1000):03d}"
    return stem + mod_11_2.calc_check_digit(stem)


def picture(title: str, lines: list[str], *, size: tuple[int, int] = (1010, 640)) -> Image.Image:
    """A card or certificate with a title and lines."""
    page = Image.new("RGB", size, (246, 249, 252))
    draw = ImageDraw.Draw(page)
    large, small = (ImageFont.truetype(str(letter_font_files()[0]), pixels) for pixels in (44, 30))
    draw.rectangle((12, 12, size[0] - 12, size[1] - 12), outline=(70, 110, 160), width=3)
    draw.text((60, 50), title, font=large, fill=(30, 50, 90))
    for number, line in enumerate(lines):
        draw.text((60, 150 + number * 62), line, font=small, fill=(30, 30, 30))
    return page


def as_photo(page: Image.Image) -> bytes:
    """The page as a telephone takes it."""
    out = io.BytesIO()
    page.save(out, "JPEG", quality=80)
    return out.getvalue()


def as_pdf(page: Image.Image) -> bytes:
    """The page as a scanner makes it."""
    out = io.BytesIO()
    page.save(out, "PDF", resolution=120)
    return out.getvalue()


def today() -> str:
    """Today's date as certificates bear it."""
    return datetime.now(UTC).strftime("%Y-%m-%d")
