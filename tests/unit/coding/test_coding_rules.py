"""The rules of codes: identity, serials and policies, for arbitrary inputs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.formats import Format
from services.coding.problems import SerialsExhausted
from services.coding.rules import (
    AssignOn,
    CodeHolder,
    IdentityOwner,
    Place,
    PolicyKey,
    assign_on_of,
    coded,
    due,
    entitled,
    newly_waiting,
    refused,
    running_out,
    runs_for,
)
from shared.identifiers.identity import provider_identity
from shared.identifiers.regions import prefecture_of

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
FORMATS = {"institution": Format("institution", "H", 5), "pharmacy": Format("pharmacy", "P", 5)}
FORM = FORMATS["institution"]
NAMES = st.text(alphabet="湘潭市中心医院第一人民()AB12", min_size=1, max_size=12)
NUMBERS = st.text(alphabet="0123456789ABCDEFGHJK", min_size=1, max_size=22)
REGIONS = st.sampled_from(["430302", "430304", "430399", "430381", "430202", "431299", "110101"])
KINDS = st.sampled_from(["institution", "pharmacy"])
SPACES = st.sampled_from(["", " ", "\u3000", "  ", "\t", "\u200b", "\ufeff"])
FULL_WIDTH = str.maketrans({chr(half): chr(half + 0xFEE0) for half in range(0x21, 0x7F)})


def a_holder(number: int, region: str, **more: object) -> CodeHolder:
    """An approved record without a code."""
    given: dict[str, object] = {
        "subject_id": UUID(int=number),
        "kind": "institution",
        "identity": f"医院{number}",
        "name": f"医院{number}",
        "region": region,
        "provider_type": "A100",
        "approved_at": NOW,
        "agreed": False,
        "awaited": False,
        "refused_for": None,
        "code": None,
        "assigned_at": None,
        "event_version": 0,
    }
    return CodeHolder(**{**given, **more})  # type: ignore[arg-type]


class Counters:
    """The counters of a store, in memory."""

    def __init__(self) -> None:
        self.last: dict[Place, int] = {}

    def assign(self, holders: Sequence[CodeHolder]) -> list[CodeHolder]:
        """Assigns codes as one transaction does."""
        for run in runs_for(holders, FORMATS):
            place = Place(run.prefix, run.prefecture)
            self.last[place] = self.last.get(place, 0) + run.count
        return coded(holders, FORMATS, self.last, NOW)


@given(NAMES, NUMBERS, NUMBERS, st.data())
def test_the_same_three_are_the_same_however_they_are_typed(
    name: str, uscc: str, licence: str, data: st.DataObject
) -> None:
    def typed(text: str) -> str:
        wide = text.translate(FULL_WIDTH) if data.draw(st.booleans()) else text
        return data.draw(SPACES).join(wide) + data.draw(SPACES)

    assert provider_identity(typed(name), typed(uscc.lower()), typed(licence)) == provider_identity(
        name, uscc, licence
    )


@given(st.lists(st.tuples(NAMES, st.none() | NUMBERS, st.none() | NUMBERS), unique=True, min_size=2, max_size=2))
def test_a_difference_in_any_of_the_three_is_another_identity(
    two: Sequence[tuple[str, str | None, str | None]],
) -> None:
    assert provider_identity(*two[0]) != provider_identity(*two[1])


def test_a_name_cannot_pass_for_a_number() -> None:
    assert provider_identity("医院1", "2", None) != provider_identity("医院", "12", None)
    assert provider_identity("医院", "1", "2") != provider_identity("医院", "12", None)


@given(st.lists(st.tuples(KINDS, REGIONS), max_size=60), st.lists(st.integers(1, 20), min_size=1, max_size=20))
def test_codes_are_unique_and_gapless_within_a_prefecture_under_any_batching(
    records: Sequence[tuple[str, str]], sizes: Sequence[int]
) -> None:
    holders = [a_holder(at, region, kind=kind) for at, (kind, region) in enumerate(records)]
    counters, done, at = Counters(), list[CodeHolder](), 0
    while at < len(holders):
        size = sizes[len(done) % len(sizes)]
        done += counters.assign(holders[at : at + size])
        at += size
    codes = {str(one.code) for one in done}
    assert len(codes) == len(holders)
    assert _serials(codes) == {
        place.prefix + place.prefecture: list(range(1, last + 1)) for place, last in counters.last.items()
    }


def _serials(codes: set[str]) -> Mapping[str, list[int]]:
    serials: dict[str, list[int]] = {}
    for code in sorted(codes, key=lambda code: code[7:]):
        serials.setdefault(code[:5], []).append(int(code[7:]))
    return serials


@given(st.lists(REGIONS, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_runs_come_in_one_order_for_every_coder(regions: Sequence[str], random: object) -> None:
    holders = [a_holder(at, region) for at, region in enumerate(regions)]
    shuffled = list(holders)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert runs_for(holders, FORMATS) == runs_for(shuffled, FORMATS)
    places = [run.prefecture for run in runs_for(holders, FORMATS)]
    assert places == sorted(places)


def test_a_code_is_prefix_region_and_serial() -> None:
    assert FORM.code("430302", 7) == "H43030200007"
    assert Format("hospital_pharmacist", "HY", 6).code("110000", 1) == "HY110000000001"
    assert FORM.capacity == 99_999


def test_the_last_serial_is_given_and_the_next_refused() -> None:
    assert FORM.code("430399", 99_999) == "H43039999999"
    with pytest.raises(SerialsExhausted) as refusal:
        FORM.code("430399", 100_000)
    assert refusal.value.facts == {"prefecture": "4303", "prefix": "H", "capacity": 99_999}
    two = [a_holder(1, "430302"), a_holder(2, "430304")]
    assert [one.code for one in coded(two, FORMATS, {Place("H", "4303"): 100_000}, NOW)] == ["H43030299999"]


def test_the_alarm_comes_well_before_the_end() -> None:
    formats = {"institution": Format("institution", "H", 2)}
    last = {Place("H", "4303"): 89, Place("H", "4302"): 90}
    assert running_out(formats, last) == [Place("H", "4302")]


def test_an_identity_of_another_gives_no_code_and_ones_own_does() -> None:
    mine, taken, free = a_holder(1, "430302"), a_holder(2, "430302"), a_holder(3, "430302")
    other = IdentityOwner(UUID(int=9), "医院9", "H43030200001")
    owners = {
        ("institution", "医院1"): IdentityOwner(mine.subject_id, "医院1", None),
        ("institution", "医院2"): other,
        ("pharmacy", "医院3"): other,
    }
    assert entitled([mine, taken, free], owners) == [mine, free]
    assert refused([mine, taken, free], owners) == [(taken, other)]


def test_each_event_of_a_holder_has_a_higher_version() -> None:
    one = a_holder(1, "430302")
    after = one.waiting().refused(UUID(int=2)).with_code("H43030200001", NOW)
    assert (after.event_version, after.refused_for, after.code) == (3, None, "H43030200001")


@pytest.mark.parametrize("awaited", [False, True])
def test_a_refused_holder_that_waits_for_an_agreement_can_be_refused_for_the_same_owner_again(
    *, awaited: bool
) -> None:
    owner = UUID(int=2)
    refused_once = a_holder(1, "430302", provider_type="C100", awaited=awaited).refused(owner)
    [waits] = newly_waiting([refused_once], POLICIES)
    assert (waits.refused_for, waits.event_version) == (None, 2)
    assert newly_waiting([waits], POLICIES) == []
    assert waits.refused(owner).refused_for == owner


POLICIES = {
    PolicyKey("institution", ""): AssignOn.APPROVAL,
    PolicyKey("institution", "C"): AssignOn.AGREEMENT,
    PolicyKey("institution", "C22"): AssignOn.APPROVAL,
    PolicyKey("pharmacy", ""): AssignOn.AGREEMENT,
}


def test_the_longest_prefix_of_the_type_decides() -> None:
    assert assign_on_of("institution", "A100", POLICIES) is AssignOn.APPROVAL
    assert assign_on_of("institution", "C100", POLICIES) is AssignOn.AGREEMENT
    assert assign_on_of("institution", "C220", POLICIES) is AssignOn.APPROVAL
    assert assign_on_of("pharmacy", "A100", POLICIES) is AssignOn.AGREEMENT
    assert assign_on_of("institution", "A100", {}) is AssignOn.APPROVAL


@given(
    approved=st.booleans(),
    agreed=st.booleans(),
    awaited=st.booleans(),
    has_code=st.booleans(),
    kind=st.sampled_from(["A100", "C100", "C220"]),
)
def test_no_code_without_approval_and_nobody_both_waits_and_gets_one(
    *,
    approved: bool,
    agreed: bool,
    awaited: bool,
    has_code: bool,
    kind: str,
) -> None:
    one = a_holder(
        1,
        "430302",
        provider_type=kind,
        agreed=agreed,
        awaited=awaited,
        code="H43030200001" if has_code else None,
    )
    one = one if approved else replace(one, identity=None, kind=None, code=None)
    gets, waits = bool(due([one], POLICIES)), bool(newly_waiting([one], POLICIES))
    assert not (gets and waits)
    if not approved or (approved and has_code):
        assert not gets
        assert not waits
    elif agreed or assign_on_of("institution", kind, POLICIES) is AssignOn.APPROVAL:
        assert gets
    else:
        assert waits is not awaited


def test_the_prefecture_is_the_first_four_digits() -> None:
    assert prefecture_of("430399") == "4303"
