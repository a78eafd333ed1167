"""The seal of a letter cannot be made or changed without the key."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.documents.pdf.seal import Forged, NotOurs, Seal, open_seal, seal
from tests.unit.documents.letters import KEY, NUMBER

ALPHANUMERIC_MODE = set(string.digits + string.ascii_uppercase + " $%*+-./:")
NUMBERS = st.from_regex(r"[0-9A-Z]([0-9A-Z-]{0,30}[0-9A-Z])?", fullmatch=True)
VERSIONS = st.integers(1, 999_999)


@given(NUMBERS, VERSIONS)
def test_what_was_sealed_opens_to_the_same_letter_and_version(number: str, version: int) -> None:
    text = seal(KEY, number, version)
    assert open_seal(KEY, text) == Seal(number, version)
    assert set(text) <= ALPHANUMERIC_MODE


def test_a_usual_seal_has_fewer_than_sixty_characters() -> None:
    assert len(seal(KEY, NUMBER, 2)) <= 60


@given(st.integers(0, 200), st.sampled_from(string.ascii_uppercase + string.digits))
def test_any_changed_character_is_seen(place: int, character: str) -> None:
    text = seal(KEY, NUMBER, 2)
    place %= len(text)
    changed = text[:place] + character + text[place + 1 :]
    assert changed == text or not isinstance(open_seal(KEY, changed), Seal)


def test_a_seal_of_another_key_is_forged_and_shows_its_claims() -> None:
    assert open_seal(KEY, seal(b"x" * 32, NUMBER, 7)) == Forged(NUMBER, 7)


@pytest.mark.parametrize(
    "text", ["FUMA1:", "FUMA1:A:1", f"FUMA1:{NUMBER}:01:{'A' * 24}", seal(KEY, NUMBER, 2) + "A", "FUMA1:中:1:X"]
)
def test_our_mark_on_anything_else_is_a_forgery(text: str) -> None:
    assert isinstance(open_seal(KEY, text), Forged)


@pytest.mark.parametrize("text", ["", "https://example.org/pay", "FUMA", "fuma1:A:1:B", " FUMA1:A:1:B"])
def test_other_codes_are_not_ours(text: str) -> None:
    assert open_seal(KEY, text) == NotOurs()


@pytest.mark.parametrize(("number", "version"), [("", 1), ("A:1", 1), ("a", 1), ("A", 0), ("A", 10**6), ("A-", 1)])
def test_an_invalid_number_or_version_is_no_seal(number: str, version: int) -> None:
    with pytest.raises(ValueError, match="not a letter number"):
        seal(KEY, number, version)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        seal(b"short", NUMBER, 1)
