"""Normalises names of institutions, units and people for storage and for comparison."""

import re
import unicodedata

from shared.identifiers.characters import TranslationTable, character_name, is_letter, level_text, readable
from shared.identifiers.invalid import InvalidValue

SHORTEST_PERSON_NAME, LONGEST_PERSON_NAME = 2, 50

# The dot within a name has one form, U+00B7, whichever keyboard or font it came from.
_DOTS = str.maketrans(dict.fromkeys("•‧∙⋅●・･⸱⸳᛫˙ꞏ⦁⚫", "·"))
_DOT_BETWEEN_WORDS = re.compile(r"(?<=[^\W\d_a-zA-Z]) *\. *(?=[^\W\d_a-zA-Z])")
_SPACED_DOT = re.compile(r"[ ·]*·[ ·]*")
_SPACE_BETWEEN_IDEOGRAPHS = re.compile(r"(?<=[^\x00-\u2e7f]) (?=[^\x00-\u2e7f])")
_FULL_STOP_BETWEEN_WORDS = re.compile(r"(?<=\w)。(?=\w)")

_IN_PERSON_NAMES = frozenset(" ·-'’.()（）")

# Variants that readers of names take for the same, and that fonts and radicals exchange.
_VARIANTS = {"戶": "户", "戸": "户", "靑": "青"}
_SAME_BRACKETS = {"Ps": "(", "Pe": ")"}
_MEANT = frozenset("#%&*/@\\")
_SILENT = ("Zs", "Pd", "Pc", "Pi", "Pf", "Po")
_MINUS = "−"


def masked_name(name: str) -> str:
    """Masks a person's name for those who need not know it in full: 张三 is 张*."""
    return f"{name[:1]}*"


def level_name(name: str) -> str:
    """Normalises the name of an institution, pharmacy, unit or person for storage and display.

    The result is normalised text (`characters.level_text`) in which every middle dot is `·`. Raises InvalidValue
    for a refused character, and for a name without any letter or digit.
    """
    text = _DOT_BETWEEN_WORDS.sub("·", level_text(name).translate(_DOTS))
    text = _SPACED_DOT.sub("·", text)
    if not any(character.isalnum() or is_letter(character) for character in text):
        raise InvalidValue("name-empty", "请填写名称。", "Write the name.")
    return text


def level_person_name(name: str) -> str:
    """Normalises a person's name: as on the ID card, without spaces between ideographs.

    Raises InvalidValue with the cause: a character that no name has, a digit, too short, too long.
    """
    try:
        text = level_name(_FULL_STOP_BETWEEN_WORDS.sub("·", name))
    except InvalidValue as wrong:
        if wrong.code != "name-empty":
            raise
        raise InvalidValue("name-empty", "请填写姓名。", "Write the name.") from wrong
    text = _SPACE_BETWEEN_IDEOGRAPHS.sub("", text)
    _check_person_name(text)
    return text


def _check_person_name(text: str) -> None:
    for character in text:
        if is_letter(character) or character in _IN_PERSON_NAMES:
            continue
        if unicodedata.category(character)[0] == "N":
            raise InvalidValue("name-has-digits", "姓名中不能有数字。", "A person's name has no digits.")
        zh = f"姓名中不能有“{character}”（{character_name(character)}）。"
        en = f"A person's name has no {character!r} ({character_name(character)})."
        raise InvalidValue("name-character", zh, en)
    if len(text) < SHORTEST_PERSON_NAME:
        zh, en = "姓名至少两个字，请填写全名。", "A name has two characters at least: write it in full."
        raise InvalidValue("name-too-short", zh, en)
    if len(text) > LONGEST_PERSON_NAME:
        zh = f"姓名最多 {LONGEST_PERSON_NAME} 个字，您填写了 {len(text)} 个。"
        en = f"A name has {LONGEST_PERSON_NAME} characters at most; this one has {len(text)}."
        raise InvalidValue("name-too-long", zh, en)


def compared(name: str) -> str:
    """Returns the comparison form of a name: equal for names that look the same; it never raises.

    It ignores width, case, the kind of bracket and invisible characters (NFKC, case folding), and also spaces,
    dots, dashes, quotation marks and other punctuation inside.
    """
    folded = unicodedata.normalize("NFKC", readable(name)).casefold()
    return unicodedata.normalize("NFKC", folded.translate(_COMPARED))


def _compared_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in _SAME_BRACKETS:
        return _SAME_BRACKETS[category]
    if character == _MINUS or (category in _SILENT and character not in _MEANT):
        return ""
    return character


_COMPARED = TranslationTable(_VARIANTS, _compared_character)
