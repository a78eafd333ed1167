"""The fonts of the letters: they come with the packages and draw the characters of names."""

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from reportlab.pdfbase import ttfonts

from shared.pdf import font_files
from shared.pdf.font_files import FOLDER, LetterFontMissing, letter_font_files, make_font_files

PAIRS = bytes(byte for row in range(0xA1, 0xF8) for cell in range(0xA1, 0xFF) for byte in (row, cell))
GB_2312 = {ord(character) for character in PAIRS.decode("gb2312", errors="ignore")}
BASIC_IDEOGRAPHS = set(range(0x4E00, 0x9FA5 + 1))
EXTENSION_A = set(range(0x3400, 0x4DB5 + 1))
EXTENSION_B = set(range(0x20000, 0x2A6DF + 1))


@pytest.fixture(autouse=True)
def nothing_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without configured fonts."""
    monkeypatch.delenv(font_files.FONTS_SETTING, raising=False)


def drawn_by(path: Path) -> set[int]:
    with TTFont(path, lazy=True) as font:
        return set(font.getBestCmap())


def test_the_first_font_draws_all_common_characters() -> None:
    drawn = drawn_by(letter_font_files()[0])
    assert drawn >= GB_2312 | BASIC_IDEOGRAPHS | set(map(ord, "䶮㛃㵲·—“”、(【０Ａ"))
    assert len(EXTENSION_A - drawn) <= 10


def test_each_further_font_draws_ideographs_that_the_ones_before_it_lack() -> None:
    first, *further = letter_font_files()
    drawn = drawn_by(first)
    for path in further:
        assert drawn_by(path) - drawn > set()
        assert not (drawn_by(path) - {ord(" ")}) & drawn
        drawn |= drawn_by(path)
    assert len(EXTENSION_B & drawn) > 2000


def test_the_letter_setter_can_read_every_one() -> None:
    for path in letter_font_files():
        face = ttfonts.TTFontFace(str(path))
        assert face.charToGlyph
        assert b"Regular" in face.name


def test_they_are_made_from_the_pinned_packages_and_not_made_again() -> None:
    assert make_font_files() is False


def test_where_they_are_not_there_the_error_names_the_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(font_files, "FOLDER", tmp_path)
    with pytest.raises(LetterFontMissing, match=r"-m shared\.pdf\.font_files"):
        letter_font_files()


def test_a_chosen_font_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    there = next(FOLDER.glob("1-*.ttf"))
    monkeypatch.setenv(font_files.FONTS_SETTING, f"{there}:{tmp_path / 'none.ttf'}")
    with pytest.raises(LetterFontMissing, match=r"none\.ttf"):
        letter_font_files()
    monkeypatch.setenv(font_files.FONTS_SETTING, str(there))
    assert letter_font_files() == (there,)


def test_making_that_fails_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(font_files, "_SOURCES", {"1-None.ttf": "none/None.ttf"})
    with pytest.raises(FileNotFoundError):
        make_font_files(tmp_path / "fonts")
    assert list(tmp_path.iterdir()) == []
