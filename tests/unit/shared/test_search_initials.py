"""Names are searched by the initials of their readings."""

import pytest

from shared.search.initials import initials_of
from shared.search.text import grams_of, query_of, searched_text


@pytest.mark.parametrize(("name", "initials"), [
    ("湘潭市中心医院", "xtszxyy"),
    ("重庆市长寿区中医院", "cqscsqzyy"),
    ("厦门益民大药房", "xmymdyf"),
    ("长沙银行", "csyh"),
    ("A座120急救站", "Az120jjz"),
    ("阿卜杜拉·买买提", "abdl·mmt"),
    ("", ""),
])  # fmt: skip
def test_each_character_gives_the_letter_of_its_reading_in_the_word(name: str, initials: str) -> None:
    assert initials_of(name) == initials


@pytest.mark.parametrize("words", ["xtszxyy", "XTSZX", "zxyy", "ｘｔｓ", "湘潭 zxyy", "xt 中心医院"])
def test_a_search_finds_a_name_by_its_initials(words: str) -> None:
    name = "湘潭市中心医院"
    text, query = searched_text((name, initials_of(name), "12430300445302343Q")), query_of(words)
    assert all(term in text for term in query.terms)
    assert set(query.grams) <= set(grams_of(text))


def test_every_character_of_names_has_a_letter_or_stays() -> None:
    assert initials_of("𠀀〇龘") == "".join((initials_of("𠀀"), initials_of("〇"), "d"))
