"""Which names are so similar that two records may be one provider."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.possible_duplicates.rules import (
    Compared,
    city_token,
    gram_alternatives,
    is_near,
    is_same_but_for_ranks,
    possible_duplicate,
)
from shared.search.text import grams_of, searched_form

FIRST = "湘潭市第一人民医院"


@pytest.mark.parametrize("other", [
    "湘潭第一人民医院", "湘潭市第1人民医院", "湘潭（市）第一人民医院", "湘潭市第一人民医院",
])  # fmt: skip
def test_ranks_brackets_and_numerals_make_no_other_name(other: str) -> None:
    assert is_same_but_for_ranks(FIRST, other)
    assert is_same_but_for_ranks(other, FIRST)


@pytest.mark.parametrize(("one", "other", "near"), [
    (FIRST, "湘谭市第一人民医院", True),
    ("湘潭益民大药房", "湘潭益民药房", False),
    ("湘潭益民药店", "湘潭益民药房", True),
    (FIRST, "湘潭市第二人民医院", False),
    (FIRST, "湘潭市第十一人民医院", False),
    ("城东卫生院", "城西卫生院", False),
    (FIRST, "湘潭市中心医院", False),
    (FIRST, "湘潭县第一人民医院", False),
    (FIRST, "", False),
    ("", "", True),
])  # fmt: skip
def test_one_character_that_tells_nobody_apart_is_near(one: str, other: str, near: bool) -> None:  # noqa: FBT001
    assert is_near(one, other) is near
    assert is_near(other, one) is near


def test_another_rank_is_another_place() -> None:
    assert not is_same_but_for_ranks("湘潭市人民医院", "湘潭县人民医院")
    assert is_same_but_for_ranks("湘潭市雨湖区人民医院", "湘潭雨湖区人民医院")


def record(number: int, name: str, uscc: str = "A", address: str = "") -> Compared:
    return Compared(UUID(int=number), (name,), {"uscc": uscc, "licence_number": str(number)}, address)


def differs(one: Compared, other: Compared) -> tuple[str, ...] | None:
    found = possible_duplicate(one, other, "name")
    return None if found is None else found.differs


def test_what_differs_is_named() -> None:
    one = record(1, FIRST, address="雨湖区和平路120号")
    assert differs(one, record(2, "湘潭第一人民医院", "B", "雨湖区和平路120号")) == (
        "name",
        "uscc",
        "licence_number",
    )
    assert differs(one, record(2, FIRST, "A", "书院路1号")) == ("licence_number", "address")
    assert differs(one, record(2, FIRST)) == ("licence_number", "address")


def test_a_near_name_counts_with_the_same_address_or_number_alone() -> None:
    one, near = record(1, FIRST, address="和平路120号"), "湘谭市第一人民医院"
    assert differs(one, record(2, near, "B", "和平路120号")) == ("name", "uscc", "licence_number")
    assert differs(one, record(2, near, "A", "书院路1号")) == ("name", "licence_number", "address")
    assert differs(one, record(2, near, "B", "书院路1号")) is None
    assert differs(record(1, FIRST), record(2, near, "B")) is None


@given(
    name=st.text("湘潭市县第一二人民医院中心卫生", min_size=5, max_size=14),
    at=st.integers(0, 13),
    to=st.sampled_from("甫"),
)
def test_a_name_with_one_other_character_is_always_a_candidate(name: str, at: int, to: str) -> None:
    changed = name[: at % len(name)] + to + name[at % len(name) + 1 :]
    grams = set(grams_of(searched_form(changed)))
    assert any(set(alternative) <= grams for alternative in gram_alternatives(name))


def test_records_of_a_city_share_a_token() -> None:
    assert city_token("430302") == city_token("430399") == "r4303"
