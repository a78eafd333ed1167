"""Normalises telephone numbers and e-mail addresses."""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from shared.identifiers.characters import level_text
from shared.identifiers.invalid import InvalidValue

_LONGEST_EMAIL = 254
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—―−()\[\]【】.·/]+")
_EXTENSION = re.compile(r"(?:转|分机号?|ext\.?|x|#)[\s:.]*([0-9]{1,6})$", re.IGNORECASE)
_EXTENSION_AFTER_DASH = re.compile(r"(?<=[0-9]{7})[-‐‑‒–—―−]([0-9]{1,6})$")
_DIGITS = re.compile(r"\+?[0-9]+")

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"(010|02[0-9]|0[3-9][0-9]{2})([2-9][0-9]{6,7})")
_FREE = re.compile(r"[48]00[0-9]{7}")
_SERVICE = re.compile(r"1[0-9]{4}|9[56][0-9]{3,4}")
_ABROAD = re.compile(r"\+[1-9][0-9]{6,14}")
_CHINA = re.compile(r"(?:\+|00)86")


def level_phone(text: str) -> str:
    """Normalises a telephone or fax number.

    `13800000000`, `0731-58214600`, `0731-58214600转8001`, `4001234567`, `12393`, `+85221234567`. Any width,
    brackets, spaces and dashes, and China's country code. Raises InvalidValue for other characters, a
    landline without its area code, and an impossible length.
    """
    typed = unicodedata.normalize("NFKC", level_text(text))
    typed, extension = _extension_of(typed)
    digits = _SEPARATORS.sub("", typed)
    if not _DIGITS.fullmatch(digits):
        zh = "电话号码只能由数字、空格、“-”、括号和“转”组成。"
        en = "A telephone number has digits, spaces, dashes and brackets, and perhaps an extension."
        raise InvalidValue("phone-character", zh, en)
    return _national(digits) + (f"转{extension}" if extension else "")


def _extension_of(typed: str) -> tuple[str, str]:
    for pattern in (_EXTENSION, _EXTENSION_AFTER_DASH):
        if found := pattern.search(typed):
            return typed[: found.start()], found[1]
    return typed, ""


def _national(digits: str) -> str:
    number = _CHINA.sub("", digits, count=1) if _CHINA.match(digits) else digits
    if number != digits and not number.startswith(("0", "1", "400", "800")):
        number = f"0{number}"
    if _MOBILE.fullmatch(number) or _FREE.fullmatch(number) or _SERVICE.fullmatch(number):
        return number
    if landline := _LANDLINE.fullmatch(number):
        return f"{landline[1]}-{landline[2]}"
    if _ABROAD.fullmatch(number):
        return number
    if re.fullmatch(r"[2-9][0-9]{6,7}", number):
        zh, en = "请加上区号，例如 0731-58214600。", "Write the area code too, as in 0731-58214600."
        raise InvalidValue("phone-area-code", zh, en)
    zh = "请填写手机号码（11 位），或带区号的固定电话，例如 0731-58214600。"
    en = "Write a mobile number (11 digits), or a landline with its area code, as in 0731-58214600."
    raise InvalidValue("phone-form", zh, en)


def level_email(text: str) -> str:
    """Normalises an e-mail address: half-width, with its domain in lower case. Raises InvalidValue."""
    typed = unicodedata.normalize("NFKC", level_text(text)).replace("。", ".").replace(" ", "")
    if len(typed) > _LONGEST_EMAIL:
        zh, en = f"邮箱地址最多 {_LONGEST_EMAIL} 个字符。", f"An address has {_LONGEST_EMAIL} characters at most."
        raise InvalidValue("email-length", zh, en)
    try:
        return validate_email(typed, check_deliverability=False).normalized
    except EmailNotValidError as error:
        zh = "邮箱地址格式不正确，应如 ybb@hospital.cn。"
        raise InvalidValue("email-form", zh, f"This is not an e-mail address: {error}") from error
