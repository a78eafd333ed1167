"""The unified social credit code, USCC (统一社会信用代码; GB 32100-2015 with its amendment of 2016).

Eighteen characters: the registering authority (1), the kind of entity (2), the registrar's division (3-8), the
organisation code with its own check character (9-17; GB 11714-1997), and the check character of the whole (18).
"""

import re

from stdnum.cn import uscc

from shared.identifiers.characters import level_text
from shared.identifiers.invalid import InvalidValue, Remark
from shared.identifiers.numbers import level_number, likely_number

LENGTH = 18
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

# The attachment that a record with an irregular code must have: the certificate that shows it.
IRREGULAR_USCC_ATTACHMENT = "uscc_certificate"

# The amendment added the registrars A (military), N (agriculture) and Y (others).
_REGISTRAR = re.compile(r"[1-9ANY]")
_HEAD = re.compile(r"[1-9ANY][0-9]{7}")
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def parse_uscc(text: str, *, irregular: bool = False) -> str:
    """Normalises the code; raises InvalidValue with what is wrong, and with the code that was likely meant.

    `irregular` also accepts a code that is right except for its last character, since some were issued so. A
    caller that sets it shows `irregular_uscc_remark`, requires the attachment IRREGULAR_USCC_ATTACHMENT, and has a
    person compare the two.
    """
    code = level_number(level_text(text))
    if is_uscc(code) or (irregular and is_irregular_uscc(code)):
        return code
    likely = likely_number(code)
    if likely != code and is_uscc(likely):
        raise InvalidValue("uscc-likely", f"您是否想填写 {likely}？", f"Did you mean {likely}?")
    raise _refusal(code)


def is_uscc(code: str) -> bool:
    """Whether a text is a valid code: its structure and both check characters."""
    return _has_right_organisation(code) and code[17] == _last_character(code)


def is_irregular_uscc(code: str) -> bool:
    """Whether only the last character of a code is wrong: structure and organisation code are valid."""
    return _has_right_organisation(code) and code[17] != _last_character(code)


def irregular_uscc_remark(code: str) -> Remark | None:
    """Returns what the maintainer and the reviewer have to compare for an irregular code."""
    if not is_irregular_uscc(code):
        return None
    right, given = _last_character(code), code[17]
    return Remark(
        "uscc-irregular",
        f"第 18 位按规则应为 {right}，您填写的是 {given}。请对照证照核对；证照上确为 {given} 的，请上传证照。",
        f"By rule the last character is {right}, not {given}. Compare it with the certificate; "
        f"if that does say {given}, attach the certificate.",
    )


def organisation_check(stem: str) -> str:
    """Computes the check character of an organisation code from its first eight characters (GB 11714-1997)."""
    total = sum(
        weight * _ORGANISATION_ALPHABET.index(character)
        for weight, character in zip(_ORGANISATION_WEIGHTS, stem, strict=True)
    )
    return "0123456789X0"[11 - total % 11]


def _has_right_organisation(code: str) -> bool:
    return _has_structure(code) and organisation_check(code[8:16]) == code[16]


def _has_structure(code: str) -> bool:
    return len(code) == LENGTH and set(code) <= set(ALPHABET) and _HEAD.match(code) is not None


def _last_character(code: str) -> str:
    return str(uscc.calc_check_digit(code[:17]))


def _refusal(code: str) -> InvalidValue:
    if len(code) != LENGTH:
        zh = f"统一社会信用代码应为 18 位，您填写了 {len(code)} 位。"
        return InvalidValue("uscc-length", zh, f"A credit code has 18 characters; this one has {len(code)}.")
    for place, character in enumerate(code, start=1):
        if character not in ALPHABET:
            zh = f"第 {place} 位“{character}”不会出现在统一社会信用代码中（不含字母 I、O、S、V、Z）。"
            en = f"Character {place}, {character!r}, is in no credit code (there is no I, O, S, V, Z)."
            return InvalidValue("uscc-character", zh, en)
    if not _REGISTRAR.match(code):
        zh = f"首位“{code[0]}”不是登记管理部门代码（1 至 9、A、N、Y）。"
        en = f"The first character, {code[0]!r}, is no registrar (1 to 9, A, N, Y)."
        return InvalidValue("uscc-registrar", zh, en)
    if not _HEAD.match(code):
        zh, en = "第 2 至 8 位应为数字，请对照证照核对。", "Characters 2 to 8 are digits; compare the certificate."
        return InvalidValue("uscc-division", zh, en)
    if remark := irregular_uscc_remark(code):
        return InvalidValue(*remark)
    return InvalidValue(
        "uscc-check-digit",
        "统一社会信用代码校验不通过，请对照证照逐位核对（不含字母 I、O、S、V、Z）。",
        "The credit code fails its check digits; compare it with the certificate (it has no I, O, S, V, Z).",
    )
