"""Every character of a name is drawn on the letter, or the letter is refused with the character's name."""

from dataclasses import replace
from typing import Any

import pytest

from services.documents.pdf import letter_text
from services.documents.pdf.letter import Enterprise, LetterInstitution, render_letter
from services.documents.pdf.problems import LetterNotDrawable
from services.documents.pdf.rendering import opened, render
from shared.pdf import fonts
from tests.unit.documents.letters import CHAIN, letter

RARE = "李㵲䶮㼆𠮷喆镕堃龑"
WITH_RARE_NAME = letter()
WITH_RARE_NAME = replace(WITH_RARE_NAME, person=replace(WITH_RARE_NAME.person, name=RARE))


def text_of(pdf: bytes) -> str:
    with opened(pdf) as document:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)


@pytest.mark.parametrize("name", ["李㵲", "䶮", "王㼆㵲", "马·买买提", "ＡＢ", "①②", "〇", "﨑"])
def test_a_name_with_rare_characters_is_drawn_whole(name: str) -> None:
    base = letter()
    one = LetterInstitution(f"{name}诊所", None, None)
    written = text_of(
        render_letter(replace(base, person=replace(base.person, name=f"一{name}二"), institutions=(one,)))
    )
    assert f"一{name}二" in written
    assert written.count(f"{name}诊所") == 2  # in the list and where it is stamped


def test_each_rare_character_is_visible_on_the_rendered_page() -> None:
    """A font may have an empty glyph, so the test checks the rendered page."""
    pages = []
    for name in ("一㵲", "一㵲㵲"):
        pdf = render_letter(replace(letter(), person=replace(letter().person, name=name)))
        with opened(pdf) as document:
            pages.append(render(document, 0, 100).convert("L"))
    assert sum(pages[1].histogram()[:100]) > sum(pages[0].histogram()[:100]) + 10


@pytest.mark.parametrize(
    ("character", "named"),
    [
        ("\U0003fffd", "U+3FFFD"),
        ("\u202e", "U+202E"),
        ("\u200b", "U+200B"),
        ("\ue000", "U+E000"),
        ("\U000e0100", "U+E0100"),
        ("\u0007", "U+0007"),
        ("\ud83d", "U+D83D"),
        ("𓀀", "𓀀（U+13000）"),
        ("😀", "😀（U+1F600）"),
    ],
)
@pytest.mark.parametrize("place", ["person", "account", "institution", "licence", "enterprise"])
def test_what_no_font_draws_is_refused_and_named(character: str, named: str, place: str) -> None:
    base, text = letter(), f"王{character}伟"
    changes: dict[str, Any] = {
        "person": {"person": replace(base.person, name=text)},
        "account": {"person": replace(base.person, account=text)},
        "institution": {"institutions": (LetterInstitution(text, None, None),)},
        "licence": {"institutions": (LetterInstitution("诊所", None, text),)},
        "enterprise": {"enterprise": Enterprise(text, CHAIN.uscc)},
    }
    with pytest.raises(LetterNotDrawable) as refused:
        render_letter(replace(base, **changes[place]))
    assert refused.value.facts == {"characters": named}


def test_many_such_characters_are_named_up_to_a_bound() -> None:
    text = "".join(map(chr, range(0xE000, 0xE100)))
    with pytest.raises(LetterNotDrawable) as refused:
        render_letter(replace(letter(), person=replace(letter().person, name=text)))
    assert len(refused.value.facts["characters"]) < 200


def test_the_letters_own_words_need_no_second_font() -> None:
    words = "".join(str(value) for name, value in vars(letter_text).items() if name.isupper())
    assert [run for name, run in fonts.runs("".join(words.split())) if name != fonts.FONT_NAME] == []


def test_runs_put_together_are_the_text() -> None:
    assert "".join(run for _, run in fonts.runs(RARE)) == RARE
    assert fonts.markup("a<b>&") == "a&lt;b&gt;&amp;"
