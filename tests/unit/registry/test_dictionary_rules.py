"""How dictionaries change: revisions of entries, in whichever order dictionaries are mixed."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.registry.dictionaries.problems import EntryExists, EntryRetired
from services.registry.dictionaries.rules import added, retired, revised
from shared.forms.dictionaries import Dictionary, Entry
from shared.forms.kinds import Choice, Reference
from shared.identifiers.invalid import InvalidValue
from shared.ids import new_id
from shared.problems import FieldsRefused, NotFound, RoleRequired
from shared.security.caller import Caller, Role

# Half past midnight in China: the day before in UTC.
NOW, TODAY = datetime(2026, 11, 24, 16, 30, tzinfo=UTC), date(2026, 11, 25)
NATION = Caller(account_id=new_id(), name="国家局", role=Role.AGENCY, region="100000", unit_id=new_id())
_ENDED = Entry("2", "绿", valid_until=date(2021, 1, 1))
COLOURS = Dictionary("colour", "2020", (Entry("1", "红"), _ENDED), "a source")
PUBLISHED = {"colour": COLOURS, "size": Dictionary("size", "2020", (Entry("1", "大"),))}


def blue(dictionary: Dictionary = COLOURS, valid_from: date | None = None, **more: Any) -> Any:
    """A third colour."""
    given = {"code": "3", "name": "蓝", "name_en": "", **more}
    return added(NATION, dictionary, given, valid_from, NOW)


def chosen(dictionary: Dictionary, code: str, day: date) -> Any:
    """The code as a form takes it on a day."""
    return Choice("colour").parse(code, Reference({"colour": dictionary}, {}, day))


def test_without_changes_the_published_editions_are_in_force() -> None:
    assert revised(PUBLISHED, []) == PUBLISHED


def test_an_added_entry_comes_last_and_a_retired_one_stays_in_its_place() -> None:
    once = revised(PUBLISHED, [blue()])["colour"]
    assert (once.edition, once.revision, once.source) == ("2020", 1, "a source")
    assert [one.code for one in once.entries] == ["1", "2", "3"]
    second = retired(NATION, once, "1", TODAY, NOW)
    twice = revised(PUBLISHED, [blue(), second])
    assert [(one.code, one.valid_until) for one in twice["colour"].entries] == [
        ("1", date(2026, 11, 24)),
        ("2", date(2021, 1, 1)),
        ("3", None),
    ]
    assert twice["colour"].by_code["1"].name == "红"
    assert twice["colour"].revision == 2
    assert twice["size"] is PUBLISHED["size"]


def test_an_entry_is_chosen_from_its_first_day_to_the_day_before_its_retirement() -> None:
    first, end = date(2026, 12, 1), date(2026, 12, 31)
    added_later = blue(valid_from=first)
    between = revised(PUBLISHED, [added_later])["colour"]
    ended = revised(PUBLISHED, [added_later, retired(NATION, between, "3", end, NOW)])["colour"]
    for day in (date(2026, 11, 30), end):
        with pytest.raises(InvalidValue) as refusal:
            chosen(ended, "3", day)
        assert refusal.value.code == "code-not-valid"
    for day in (first, date(2026, 12, 30)):
        assert chosen(ended, "3", day) == "3"


@pytest.mark.parametrize(
    ("more", "broken"),
    [
        ({"code": "1"}, EntryExists),
        ({"code": "2"}, EntryExists),
        ({"name": "红 "}, EntryExists),
        ({"code": "é"}, FieldsRefused),
        ({"code": "1" * 21}, FieldsRefused),
        ({"valid_from": date(2026, 11, 24)}, FieldsRefused),
    ],
)
def test_no_code_is_used_again_and_no_valid_name_twice(more: dict[str, Any], broken: type[Exception]) -> None:
    with pytest.raises(broken):
        blue(**more)
    # The name of what has ended is free again; today in China is no day in the past.
    blue(name="绿", valid_from=TODAY)


def test_what_has_ended_or_is_unknown_is_not_retired() -> None:
    with pytest.raises(EntryRetired):
        retired(NATION, COLOURS, "2", TODAY, NOW)
    with pytest.raises(NotFound):
        retired(NATION, COLOURS, "9", TODAY, NOW)
    with pytest.raises(FieldsRefused):
        retired(NATION, COLOURS, "1", date(2026, 11, 24), NOW)


def test_only_the_nation_decides() -> None:
    province = NATION.model_copy(update={"region": "430000"})
    with pytest.raises(RoleRequired):
        retired(province, COLOURS, "1", TODAY, NOW)
