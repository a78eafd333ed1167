"""Search text: parts of names and numbers, within a region."""

import pytest

from shared.search.problems import QueryTooShort
from shared.search.text import grams_of, query_of, searched_form, searched_text

TEXT = searched_text(("湘潭市中心医院", "12430300445302343Q", None, "44530234543030211A1001"))


@pytest.mark.parametrize(
    "words",
    [
        "中心医院",
        "湘潭 医院",
        "医院 湘潭",
        "湘潭\u200b市",
        "中⼼医院",
        "１２４３０３００",
        "1243O3OO44",
        "12430300445302343q",
        "4453-0234",
        "i2430300",
    ],
)
def test_a_search_forgives_width_case_order_and_look_alikes(words: str) -> None:
    query = query_of(words)
    assert all(term in TEXT for term in query.terms)
    assert set(query.grams) <= set(grams_of(TEXT, "430302"))


@pytest.mark.parametrize(("seat", "tokens"), [("100000", ()), ("430000", ("r43",)), ("430300", ("r4303",))])
def test_a_region_is_a_token_among_the_grams(seat: str, tokens: tuple[str, ...]) -> None:
    query = query_of("医院", seat)
    assert query.grams == ("医院", *tokens)
    for region in ("430302", "430399"):
        assert set(query.grams) <= set(grams_of(TEXT, region))
    assert (set(query.grams) <= set(grams_of(TEXT, "440106"))) is (tokens == ())


def test_a_county_finds_its_own_alone() -> None:
    query = query_of("医院", "430302")
    assert set(query.grams) <= set(grams_of(TEXT, "430302"))
    assert not set(query.grams) <= set(grams_of(TEXT, "430399"))


def test_grams_do_not_run_across_name_and_numbers() -> None:
    assert "院1" not in grams_of(TEXT)


@pytest.mark.parametrize("words", ["", "  ", "院", "（）", "\u200b"])
def test_a_search_needs_two_characters(words: str) -> None:
    with pytest.raises(QueryTooShort):
        query_of(words)


def test_brackets_of_any_kind_make_no_difference() -> None:
    assert searched_form("医院（东院区）") == searched_form("医院(东院区)") == searched_form("医院【东院区】")
