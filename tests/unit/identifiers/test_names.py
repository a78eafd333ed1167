"""Names as keyboards, PDFs and web pages write them: normalised to what is seen, or refused with the cause."""

import contextlib
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.identifiers.characters import level_text
from shared.identifiers.invalid import InvalidValue
from shared.identifiers.names import compared, level_name, level_person_name

HOSPITAL = "湘潭县人民医院"


def code_of(name: str) -> str:
    """The code with which an institution's name is refused."""
    with pytest.raises(InvalidValue) as refusal:
        level_name(name)
    return refusal.value.code


@pytest.mark.parametrize(
    "typed",
    [
        "湘潭县人民\u200b医院",
        "湘潭县人民\u200c医院",
        "湘潭县\u200d人民医院",
        "湘潭县人民\u2060医院",
        "\ufeff湘潭县人民医院",
        "湘潭县人\u00ad民医院",
        "\u200e湘潭县人民医院\u200f",
        "\u2068湘潭县人民医院\u2069",
        "湘潭县人\ufe00民医院",
        "湘潭县人\U000e0100民医院",
        "湘潭县人\u034f民医院",
        "湘潭县人\u3164民医院",
        "湘潭县人⺠医院",
        "湘潭县⼈⺠医院",
        " \u3000湘潭县人民医院\u00a0\t\r\n",
    ],
)
def test_invisible_characters_and_radicals_from_pdfs_are_normalised(typed: str) -> None:
    assert level_name(typed) == HOSPITAL
    assert compared(typed) == compared(HOSPITAL)


@pytest.mark.parametrize(
    ("radicals", "ideographs"),
    [
        ("⻓沙", "长沙"),
        ("⻄安", "西安"),
        ("⻉⻋⻔⻚⻛⻜⻢⻥⻦⻨⻩⻬⻰", "贝车门页风飞马鱼鸟麦黄齐龙"),
        ("⽤⼾", "用户"),
        ("⻘⻝⻣⻤", "青食骨鬼"),
        ("⾼⾎压", "高血压"),
        ("金（U+F90A）", "金（U+F90A）"),
        ("丽\U0002f800", "丽丽"),
    ],
)
def test_radicals_and_compatibility_ideographs_become_the_ideographs(radicals: str, ideographs: str) -> None:
    assert level_name(radicals) == ideographs
    assert compared(radicals) == compared(ideographs)


def test_every_radical_of_both_blocks_has_its_ideograph() -> None:
    radicals = {chr(code) for code in (*range(0x2E80, 0x2EF4), *range(0x2F00, 0x2FD6))} - {"\u2e9a"}
    assert {radical for radical in radicals if level_text(radical) == radical} == {"\u2e80"}


@pytest.mark.parametrize("dot", ["•", "・", "‧", "∙", "●", "．", ".", "⋅", "･", "\u0387", " · ", "•\u200b"])
def test_every_middle_dot_becomes_one_character(dot: str) -> None:
    assert level_name(f"阿卜杜拉{dot}买买提诊所") == "阿卜杜拉·买买提诊所"


def test_a_point_between_digits_or_latin_letters_stays() -> None:
    assert level_name("３．１５ No．1 医院") == "3.15 No.1 医院"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ＡＢＣ１２３ 医院", "ABC123 医院"),
        ("湘潭  县\u3000\u00a0医院", "湘潭 县 医院"),
        ("Cafe\u0301 诊所", "Café 诊所"),
        ("二○二医院", "二〇二医院"),
        ("湘潭医院（东院区）", "湘潭医院（东院区）"),
    ],
)
def test_width_spaces_and_marks_are_normalised_and_chinese_punctuation_stays(typed: str, kept: str) -> None:
    assert level_name(typed) == kept


@pytest.mark.parametrize(
    "rare",
    [
        "李㵲",
        "䶮",
        "𠮷",
        "𰻝",
        "\U00031350",
        "\U0002b739",
        "\U0002cead",
        "\U0002ebf0",
        "\U00033479",
        "﨏",
        "〇",
        "བོད་སྨན་ཁང་",
        "ᠮᠣᠩᠭᠣᠯ",
    ],
)
def test_real_characters_stay_unchanged(rare: str) -> None:
    assert level_name(rare) == rare


@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("\x00", "control-character"),
        ("\x1f", "control-character"),
        ("\n", "control-character"),
        ("\x85", "control-character"),
        ("\u2028", "control-character"),
        ("\u202e", "reordering-character"),
        ("\u202d", "reordering-character"),
        ("\u202b", "reordering-character"),
        ("\u2067", "reordering-character"),
        ("\ue000", "private-use-character"),
        ("\U000f0000", "private-use-character"),
        ("\u0378", "unassigned-character"),
        ("\u0301", "mark-on-ideograph"),
        ("\u20dd", "mark-on-ideograph"),
        ("\u302a", "mark-on-ideograph"),
        ("\uffff", "unassigned-character"),
        ("\ud800", "unassigned-character"),
        ("\ufffd", "garbled-character"),
        ("\u0600", "format-sign"),
        ("\u0605", "format-sign"),
        ("\u06dd", "format-sign"),
        ("\u070f", "format-sign"),
        ("\u08e2", "format-sign"),
        ("\U000110bd", "format-sign"),
        ("\U0002b81e", "unassigned-character"),
        ("\U0002ceae", "unassigned-character"),
        ("\U0002ee5e", "unassigned-character"),
        ("\U0003347a", "unassigned-character"),
        ("\U00040000", "unassigned-character"),
    ],
)
def test_a_forbidden_character_is_refused_by_name(character: str, code: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        level_name(f"湘潭{character}医院")
    assert refusal.value.code == code
    assert f"U+{ord(character):04X}" in refusal.value.zh
    assert f"U+{ord(character):04X}" in refusal.value.en


def test_no_character_that_readers_do_not_see_makes_a_second_identity() -> None:
    hidden = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in ("Cf", "Cc", "Cs", "Co")]
    kept = []
    for character in hidden:
        with contextlib.suppress(InvalidValue):
            kept.append(level_name(f"湘潭{character}医院"))
        assert compared(f"湘潭{character}医院") == compared("湘潭医院")
    assert set(kept) == {"湘潭医院"}


@pytest.mark.parametrize("nothing", ["", " ", "\u200b", "·", "（）", "——"])
def test_a_name_has_letters(nothing: str) -> None:
    assert code_of(nothing) == "name-empty"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("湘潭医院（东院区）", "湘潭医院(东院区)"),
        ("湘潭医院【东院区】", "湘潭医院〔东院区〕"),
        ("湘潭“康复”医院", '湘潭"康复"医院'),
        ("湘潭-康复医院", "湘潭—康复医院"),
        ("ＡＢＣ医院", "abc医院"),
        ("用戶医院", "用户医院"),
        ("第Ⅱ医院", "第II医院"),
    ],
)
def test_names_that_look_the_same_compare_as_equal(one: str, other: str) -> None:
    assert compared(one) == compared(other)


@pytest.mark.parametrize(
    ("one", "other"), [("湘潭县医院", "湘潭市医院"), ("1医院", "12医院"), ("医院（东）", "医院东")]
)
def test_different_names_compare_as_different(one: str, other: str) -> None:
    assert compared(one) != compared(other)


@given(st.text(max_size=40))
def test_normalisation_is_idempotent_and_comparison_accepts_any_text(text: str) -> None:
    assert compared(compared(text)) == compared(text)
    try:
        levelled = level_name(text)
    except InvalidValue:
        return
    assert level_name(levelled) == levelled
    assert compared(levelled) == compared(text)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("王　伟", "王伟"),
        ("王\u200b伟", "王伟"),
        ("阿卜杜拉•买买提", "阿卜杜拉·买买提"),
        ("阿卜杜拉。买买提", "阿卜杜拉·买买提"),
        ("Mary  O'Brien", "Mary O'Brien"),
        ("李㵲", "李㵲"),
        ("李〇", "李〇"),
        ("李\U00031350", "李\U00031350"),
    ],
)
def test_a_persons_name_is_stored_as_on_the_card(typed: str, kept: str) -> None:
    assert level_person_name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "name-empty"),
        ("王", "name-too-short"),
        ("王" * 51, "name-too-long"),
        ("王伟2", "name-has-digits"),
        ("王伟２", "name-has-digits"),
        ("王<b>伟", "name-character"),
        ("王😀伟", "name-character"),
        ("王\u202e伟", "reordering-character"),
        ("王\ue863伟", "private-use-character"),
    ],
)
def test_a_persons_name_is_refused_with_the_cause(typed: str, code: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        level_person_name(typed)
    assert refusal.value.code == code


def test_too_long_says_how_long() -> None:
    with pytest.raises(InvalidValue, match="name-too-long") as refusal:
        level_person_name("王" * 51)
    assert "51" in refusal.value.zh
