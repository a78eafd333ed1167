"""Identity, serials and policies of codes, for every input there may be."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.coding.rules import (
    FORMATS,
    AssignOn,
    CodeHolder,
    Format,
    SerialsExhausted,
    assign_on_of,
    coded,
    due,
    identity_of,
    newly_waiting,
    running_out,
    runs_for,
)
from shared.contracts.coding.events import CodeKind
from shared.identifiers.regions import prefecture_of

FORM = FORMATS[CodeKind.INSTITUTION]
NAMES = st.text(alphabet="湘潭市中心医院第一人民()AB12", min_size=1, max_size=12)
NUMBERS = st.text(alphabet="0123456789ABCDEFGHJK", min_size=1, max_size=22)
REGIONS = st.sampled_from(["430302", "430304", "430399", "430381", "430202", "431299", "110101"])
SPACES = st.sampled_from(["", " ", "\u3000", "  ", "\t"])
FULL_WIDTH = str.maketrans({chr(half): chr(half + 0xFEE0) for half in range(0x21, 0x7F)})


def bearer(number: int, region: str, identity: str | None = None, **more: object) -> CodeHolder:
    """An approved record without a code."""
    given: dict[str, object] = {
        "subject_id": UUID(int=number),
        "identity": identity or f"医院{number}",
        "name": f"医院{number}",
        "region": region,
        "institution_type": "A100",
        "agreed": False,
        "awaited": False,
        "code": None,
    }
    return CodeHolder(**{**given, **more})  # type: ignore[arg-type]


class Counters:
    """The counters of a store, in memory."""

    def __init__(self) -> None:
        self.last: dict[str, int] = {}
        self.known: dict[str, str] = {}

    def settle(self, bearers: Sequence[CodeHolder]) -> list[CodeHolder]:
        """What one transaction does: take the runs, give the codes, remember them."""
        for run in runs_for(bearers, FORM, self.known):
            self.last[run.prefecture] = self.last.get(run.prefecture, 0) + run.count
        done = coded(bearers, FORM, self.known, self.last)
        self.known |= {str(one.identity): str(one.code) for one in done}
        return done


@given(NAMES, NUMBERS, NUMBERS, st.data())
def test_the_same_three_are_the_same_however_they_are_typed(
    name: str, uscc: str, licence: str, data: st.DataObject
) -> None:
    def typed(text: str) -> str:
        wide = text.translate(FULL_WIDTH) if data.draw(st.booleans()) else text
        return data.draw(SPACES).join(wide) + data.draw(SPACES)

    assert identity_of(typed(name), typed(uscc.lower()), typed(licence)) == identity_of(name, uscc, licence)


@given(st.lists(st.tuples(NAMES, st.none() | NUMBERS, st.none() | NUMBERS), unique=True, min_size=2, max_size=2))
def test_a_difference_in_any_of_the_three_is_another_identity(
    two: Sequence[tuple[str, str | None, str | None]],
) -> None:
    assert identity_of(*two[0]) != identity_of(*two[1])


def test_a_name_cannot_pass_for_a_number() -> None:
    assert identity_of("医院1", "2", None) != identity_of("医院", "12", None)
    assert identity_of("医院", "1", "2") != identity_of("医院", "12", None)


@given(
    st.lists(st.tuples(st.integers(0, 60), REGIONS), max_size=60),
    st.lists(st.integers(1, 20), min_size=1, max_size=20),
)
def test_codes_are_unique_stable_and_gapless_within_a_prefecture_under_any_batching(
    records: Sequence[tuple[int, str]], sizes: Sequence[int]
) -> None:
    bearers = [bearer(at, region, f"医院{which}") for at, (which, region) in enumerate(records)]
    counters, done, at = Counters(), list[CodeHolder](), 0
    while at < len(bearers):
        size = sizes[len(done) % len(sizes)]
        done += counters.settle(bearers[at : at + size])
        at += size
    by_identity: dict[str, set[str]] = {}
    for one in done:
        by_identity.setdefault(str(one.identity), set()).add(str(one.code))
    assert all(len(codes) == 1 for codes in by_identity.values())
    codes = {next(iter(codes)) for codes in by_identity.values()}
    assert len(codes) == len(by_identity)
    assert _serials(codes) == {place: list(range(1, last + 1)) for place, last in counters.last.items() if last}


def _serials(codes: set[str]) -> Mapping[str, list[int]]:
    serials: dict[str, list[int]] = {}
    for code in sorted(codes, key=lambda code: code[7:]):
        serials.setdefault(code[1:5], []).append(int(code[7:]))
    return serials


@given(st.lists(REGIONS, min_size=1, max_size=40), st.randoms(use_true_random=False))
def test_runs_come_in_one_order_for_every_coder(regions: Sequence[str], random: object) -> None:
    bearers = [bearer(at, region) for at, region in enumerate(regions)]
    shuffled = list(bearers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert runs_for(bearers, FORM, {}) == runs_for(shuffled, FORM, {})
    places = [run.prefecture for run in runs_for(bearers, FORM, {})]
    assert places == sorted(places)


def test_a_code_has_the_national_format() -> None:
    assert FORM.code("430302", 7) == "H43030200007"
    assert FORM.capacity == 99_999


def test_the_last_serial_is_given_and_the_next_refused() -> None:
    assert FORM.code("430399", 99_999) == "H43039999999"
    with pytest.raises(SerialsExhausted) as refusal:
        FORM.code("430399", 100_000)
    assert refusal.value.facts == {"prefecture": "4303", "prefix": "H", "capacity": 99_999}
    with pytest.raises(SerialsExhausted):
        coded([bearer(1, "430302")], FORM, {}, {"4303": 100_000})


def test_the_alarm_comes_well_before_the_end() -> None:
    form = Format("H", 2)
    assert running_out(form, {"4303": 89, "4302": 90}) == ["4302"]


POLICIES = {"": AssignOn.APPROVAL, "C": AssignOn.AGREEMENT, "C22": AssignOn.APPROVAL}


def test_the_longest_prefix_of_the_type_decides() -> None:
    assert assign_on_of("A100", POLICIES) is AssignOn.APPROVAL
    assert assign_on_of("C100", POLICIES) is AssignOn.AGREEMENT
    assert assign_on_of("C220", POLICIES) is AssignOn.APPROVAL
    assert assign_on_of("A100", {}) is AssignOn.APPROVAL


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
    one = bearer(
        1,
        "430302",
        institution_type=kind,
        agreed=agreed,
        awaited=awaited,
        code="H43030200001" if has_code else None,
    )
    one = one if approved else CodeHolder(one.subject_id, None, None, None, None, agreed, awaited, None)
    gets, waits = bool(due([one], POLICIES)), bool(newly_waiting([one], POLICIES))
    assert not (gets and waits)
    if not approved or (approved and has_code):
        assert not gets
        assert not waits
    elif agreed or assign_on_of(kind, POLICIES) is AssignOn.APPROVAL:
        assert gets
    else:
        assert waits is not awaited


def test_one_identity_in_two_prefectures_of_one_batch_takes_one_serial() -> None:
    twice = [bearer(1, "430302", "同一医院"), bearer(2, "430202", "同一医院")]
    assert [(run.prefecture, run.count) for run in runs_for(twice, FORM, {})] == [("4303", 1)]
    assert {one.code for one in coded(twice, FORM, {}, {"4303": 8})} == {"H43030200008"}


def test_the_prefecture_is_the_first_four_digits() -> None:
    assert prefecture_of("430399") == "4303"
