"""Which units a filing passes (REV-1, REV-2)."""

from hypothesis import given
from hypothesis import strategies as st

from services.review.rules.route import above, below, first_of, is_nation_only, path_of
from shared.identifiers.regions import NATION, covers
from tests.unit.review.filings import HUNAN, XIANGTAN, YUHU, units_at

ALL = units_at(NATION, HUNAN, XIANGTAN, YUHU)


def test_an_institution_goes_from_county_to_nation() -> None:
    path = path_of("institution", YUHU)
    first = first_of(path, ALL)
    passed = []
    while first:
        passed.append(first.seat)
        first = above(path, first, ALL)
    assert passed == [YUHU, XIANGTAN, HUNAN, NATION]


def test_accounts_and_authorisations_go_straight_to_the_nation() -> None:
    assert path_of("account", YUHU) == path_of("authorisation", YUHU) == (NATION,)
    assert is_nation_only("account")


def test_a_kind_that_is_new_passes_all_levels() -> None:
    assert path_of("acupuncturist", YUHU) == path_of("institution", YUHU)
    assert not is_nation_only("acupuncturist")


def test_an_unregistered_county_falls_to_its_city() -> None:
    units = units_at(NATION, HUNAN, XIANGTAN)
    assert first_of(path_of("institution", YUHU), units) == units[XIANGTAN]


def test_a_citys_own_level_begins_at_the_city_and_a_zone_as_a_county() -> None:
    assert first_of(path_of("institution", "430399"), ALL) == ALL[XIANGTAN]
    assert first_of(path_of("institution", "439900"), ALL) == ALL[HUNAN]
    assert path_of("institution", "430340") == ("430340", XIANGTAN, HUNAN, NATION)


def test_a_county_directly_under_a_province_passes_no_city() -> None:
    path = path_of("institution", "469001")
    units = units_at(NATION, "460000", "469001")
    assert above(path, units["469001"], units) == units["460000"]


def test_downward_is_the_nearest_registered_unit_of_the_path() -> None:
    path = path_of("institution", YUHU)
    units = units_at(NATION, HUNAN, YUHU)
    assert below(path, units[HUNAN], units) == units[YUHU]
    assert below(path, units[YUHU], units) is None


@given(st.from_regex(r"[1-6][1-7][0-9]{4}", fullmatch=True), st.sets(st.integers(0, 3)))
def test_a_route_only_passes_units_that_cover_the_region_and_rises(region: str, missing: set[int]) -> None:
    path = path_of("institution", region)
    units = units_at(*(seat for number, seat in enumerate(path) if number not in missing))
    unit = first_of(path, units)
    places = []
    while unit:
        assert covers(unit.seat, region)
        places.append(path.index(unit.seat))
        unit = above(path, unit, units)
    assert places == sorted(set(places))
    assert len(places) == len(units)
