"""Normalises and compares numbers of certificates, and masks personal numbers for display."""

import re
import unicodedata

from shared.identifiers.characters import level_text, readable
from shared.identifiers.invalid import InvalidValue, Remark

# For what is read from paper or aloud and typed: no 0 and O, 1, I and L, 2 and Z, 5 and S, 8 and B, U and V.
LEGIBLE_ALPHABET = "34679ACDEFGHJKMNPQRTWXY"

_SPACING = re.compile(r"[\s\-‐‑‒–—―−_]+")
_LOOKALIKES = str.maketrans("OIZS", "0125")
_LICENCE = re.compile(r"[0-9A-Z]{5,50}")
_LICENCE_LENGTH = 22
_DRUG_LICENCE = re.compile(r"[0-9A-Z一-鿿()]{5,50}")
# The numbering since 2024 (province, kind, category, nine digits), and the older one (two letters, seven digits).
_USUAL_DRUG_LICENCE = re.compile(r"[一-鿿][A-D][AB][0-9]{9}|[一-鿿]?[A-Z]{2}[0-9]{7}")


def level_number(number: str) -> str:
    """Normalises a certificate's number for comparison: half-width, upper case, without spaces and dashes."""
    spaced = unicodedata.normalize("NFKC", readable(number)).upper()
    return unicodedata.normalize("NFKC", _SPACING.sub("", spaced))


def likely_number(number: str) -> str:
    """Replaces letters that are mistaken for digits in a normalised number: O is 0, I is 1, Z is 2, S is 5."""
    return level_number(number).translate(_LOOKALIKES)


def parse_licence_number(text: str) -> str:
    """Normalises the registration number of a practising licence (医疗机构执业许可证登记号).

    It has 22 characters today; numbers of filed clinics and older ones differ. Raises InvalidValue.
    """
    number = level_number(level_text(text))
    if not _LICENCE.fullmatch(number):
        zh, en = "登记号应为 5 至 50 位字母或数字。", "It has 5 to 50 letters and digits."
        raise InvalidValue("licence-number", zh, en)
    return number


def unusual_licence_number(number: str) -> Remark | None:
    """Returns a remark on a licence number that does not have today's length."""
    if len(number) == _LICENCE_LENGTH:
        return None
    return Remark(
        "licence-number-unusual",
        "登记号通常为 22 位，请核对（诊所备案号及旧号可能不同）。",
        "It usually has 22 characters; please compare it (filed clinics and older numbers differ).",
    )


def parse_drug_licence_number(text: str) -> str:
    """Normalises the number of a drug licence (药品经营许可证号); raises InvalidValue.

    It begins with the province's abbreviation since 2024; older ones differ by province.
    """
    number = level_number(level_text(text))
    if not _DRUG_LICENCE.fullmatch(number):
        zh = "许可证号应为 5 至 50 位汉字、字母或数字。"
        en = "It has 5 to 50 Chinese characters, letters and digits."
        raise InvalidValue("drug-licence-number", zh, en)
    return number


def unusual_drug_licence_number(number: str) -> Remark | None:
    """Returns a remark on a drug licence number that has neither today's form nor the older one."""
    if _USUAL_DRUG_LICENCE.fullmatch(number):
        return None
    return Remark(
        "drug-licence-number-unusual",
        "许可证号通常为省份简称、两位字母和 9 位数字（如 湘DA731000123），旧证为两位字母和 7 位数字，请核对。",
        "It usually is the province, two letters and nine digits; on older licences two letters and seven digits. "
        "Please compare it.",
    )


def masked(number: str) -> str:
    """Masks a personal number for answers and logs: keeps the first three and the last two characters."""
    return number[:3] + "*" * max(len(number) - 5, 0) + number[-2:] if len(number) > 5 else "*" * len(number)  # noqa: PLR2004
