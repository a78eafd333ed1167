"""Normalises look-alike and invisible characters in text from keyboards, PDFs and the web.

Text is normalised to the characters that a reader sees. Invisible characters are removed; characters that other
systems would show differently are refused by name.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

from shared.identifiers.invalid import InvalidValue

# Unicode's EquivalentUnifiedIdeograph.txt (version 14.0; these lines are the same up to 17.0): the ideographs that
# the CJK Radicals Supplement and the CJK Strokes stand for. PDFs yield radicals in place of ideographs. The Kangxi
# radicals are not in the table: NFKC maps them.
_RADICALS = (
    "⺁⺂⺃⺄⺅⺆⺇⺈⺉⺊⺋⺌⺍⺎⺏⺐⺑⺒⺓⺔⺕⺖⺗⺘⺙⺛⺜⺝⺞⺟⺠⺡⺢⺣⺤⺥⺦⺧"
    "⺨⺩⺪⺫⺬⺭⺮⺯⺰⺱⺲⺳⺴⺵⺶⺷⺸⺹⺺⺻⺼⺽⺾⺿⻀⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍"
    "⻎⻏⻐⻑⻒⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳"
    "㇆㇏㇐㇑㇒㇓㇔㇕㇖㇗㇘㇙㇚㇛㇜㇝㇞㇟㇠㇡"
)
_IDEOGRAPHS = (
    "厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵旡日月歺母民氵氺灬爫爫丬牛"
    "犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶"
    "辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
    "𠃌乀一丨丿丿丶𠃍乛𠃊𠃎𠄌亅𡿨𠃋乀𠃑乚乙𠄎"
)

# Mainland fonts draw the radical U+2F3E as 户; Unicode's equivalent is the traditional 戶.
_MAPPED = dict(zip("".join(_RADICALS) + "⼾○◯", "".join(_IDEOGRAPHS) + "户〇〇", strict=True))

# Kangxi radicals, and letters, digits and the point of full width; other punctuation of full width is how Chinese
# is written.
_COMPATIBLE = {
    *range(0x2F00, 0x2FD6), 0xFF0E, *range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B),
}  # fmt: skip

# Default_Ignorable_Code_Point beyond category Cf (variation selectors, joiners, fillers), and the empty Braille
# pattern: a reader sees nothing where they are.
_INVISIBLE = {
    0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2800, 0x3164, *range(0xFE00, 0xFE10),
    0xFFA0, *range(0xE0100, 0xE01F0),
}  # fmt: skip
# Format signs of Arabic, Syriac and Kaithi: they enclose numbers or mark abbreviations, and many fonts lack them.
_FORMAT_SIGNS = {*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD}

# Right-to-left embedding, both overrides, right-to-left isolate: text is shown in another order than it is kept.
_REORDERING = {0x202B, 0x202D, 0x202E, 0x2067}

# What a broken conversion leaves behind.
_GARBLED = {0xFFFC, 0xFFFD}

# Characters that are refused for their own sake, with the code; others are refused with their category.
_REFUSED_ALONE = {
    **dict.fromkeys(_REORDERING, "reordering-character"),
    **dict.fromkeys(_FORMAT_SIGNS, "format-sign"),
    **dict.fromkeys(_GARBLED, "garbled-character"),
}

# The ideographs that Unicode 15.0 to 17.0 assigned (DerivedAge.txt): names use them, and Python's tables do
# not know them yet. Whatever else the tables do not know is refused: fonts do not show it either.
_NEWER_IDEOGRAPHS = ((0x2B739, 0x2B73F), (0x2CEA2, 0x2CEAD), (0x2EBF0, 0x2EE5D), (0x31350, 0x33479))

# A mark of a general combining block on an ideograph: no name is written so, and some fonts do not show it.
_MARKED_IDEOGRAPH = re.compile(
    "(?<=[\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003347f])"
    "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u302a-\u302d\u3099\u309a\ufe20-\ufe2f]+"
)

_LAST_OF_PLANE_0 = 0xFFFF


class TranslationTable(dict[int, str]):
    """A table for `str.translate` whose entries are computed on first use."""

    def __init__(self, mapped: Mapping[str, str], translated: Callable[[str], str]) -> None:
        super().__init__({ord(character): text for character, text in mapped.items()})
        self._translated = translated

    def __missing__(self, code: int) -> str:
        translated = self._translated(chr(code))
        # The other planes would let anybody fill the memory, and are rare.
        if code <= _LAST_OF_PLANE_0:
            self[code] = translated
        return translated


def level_text(text: str) -> str:
    """Normalises a line of text: composed (NFC), without invisible characters, with single spaces.

    Raises InvalidValue, naming the character, for control, reordering, private-use and unassigned characters, for
    format signs, and for combining marks on ideographs. All others stay: GB 18030 and all extensions of the
    ideographs.
    """
    levelled = _spaced(text.strip().translate(_STRICT))
    if marks := _MARKED_IDEOGRAPH.search(levelled):
        raise _described(marks[0][0], "mark-on-ideograph")
    return levelled


def readable(text: str) -> str:
    """Normalises like `level_text`, drops the single characters that it refuses: for comparisons and searches."""
    return _spaced(text.translate(_LENIENT))


def is_letter(character: str) -> bool:
    """Whether a character is a letter, an ideograph or a combining mark."""
    return unicodedata.category(character)[0] in "LM" or character == "〇" or _is_newer_ideograph(character)


def character_name(character: str) -> str:
    """Names a character for people: `U+202E`."""
    return f"U+{ord(character):04X}"


def _spaced(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _strict(character: str) -> str:
    refusal = _refusal(character)
    if refusal is not None:
        raise refusal
    return _levelled(character)


def _lenient(character: str) -> str:
    if character.isspace():
        return " "
    return "" if _refusal(character) is not None else _levelled(character)


def _levelled(character: str) -> str:
    code, category = ord(character), unicodedata.category(character)
    if code in _COMPATIBLE:
        return unicodedata.normalize("NFKC", character)
    if category == "Zs":
        return " "
    if code in _INVISIBLE or category == "Cf":
        return ""
    return character


_REFUSED: Mapping[str, tuple[str, str]] = {
    "reordering-character": (
        "会改变文字的显示顺序，不能使用，请删除",
        "changes the order in which text is shown: delete it",
    ),
    "control-character": ("是换行、制表等控制符，不能使用，请删除", "is a control character: delete it"),
    "private-use-character": (
        "是自造字（私用区），其他电脑无法显示，请换用标准汉字",
        "is of a private use area and shows on no other computer: use the standard character",
    ),
    "garbled-character": (
        "是转换失败留下的替代符，请重新输入原来的文字",
        "stands for text that a conversion has lost: type it again",
    ),
    "format-sign": (
        "是其他文字的格式符，多数字体不显示，请删除",
        "is a format sign of another script that many fonts do not show: delete it",
    ),
    "mark-on-ideograph": (
        "是附在汉字上的组合符号，不能使用，请删除",
        "is a combining mark on an ideograph: delete it",
    ),
    "unassigned-character": ("不是有效的文字，请重新输入", "is not a character of Unicode: type it again"),
}


def _refusal(character: str) -> InvalidValue | None:
    code = _refused_for(character)
    return None if code is None else _described(character, code)


def _described(character: str, code: str) -> InvalidValue:
    name, (zh, en) = character_name(character), _REFUSED[code]
    return InvalidValue(code, f"字符 {name} {zh}。", f"The character {name} {en}.")


def _refused_for(character: str) -> str | None:
    """Returns the code of why a character is refused."""
    number, category = ord(character), unicodedata.category(character)
    if number in _REFUSED_ALONE:
        return _REFUSED_ALONE[number]
    if category in ("Cc", "Zl", "Zp"):
        return "control-character"
    if category == "Co":
        return "private-use-character"
    if category in ("Cn", "Cs") and not _is_newer_ideograph(character):
        return "unassigned-character"
    return None


def _is_newer_ideograph(character: str) -> bool:
    return any(low <= ord(character) <= high for low, high in _NEWER_IDEOGRAPHS)


_STRICT = TranslationTable(_MAPPED, _strict)
_LENIENT = TranslationTable(_MAPPED, _lenient)
