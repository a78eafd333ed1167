"""The font files that letters are set in: made once from a pinned package, found from then on.

The package carries Google's Noto Sans for simplified Chinese, traditional Chinese, Japanese and Korean as
variable fonts (SIL Open Font License 1.1). reportlab reads no variable fonts, so the regular weight is cut out of
each. The first file draws 30,000 characters: all of GB 2312, the 20,902 basic ideographs and all but ten of
Extension A. Each further file holds the ideographs that the files before it lack.
"""

import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from shutil import copyfile, rmtree
from tempfile import mkdtemp
from typing import Any

FONTS_SETTING = "DOCUMENTS_LETTER_FONTS"
FOLDER = Path(sys.prefix) / "share" / "fonts" / "fuma"
PACKAGE = "justmytype-intl-cjk"
# What the files are made by; raised with each change of this module that changes the files.
_EDITION = 1
_MADE_FROM = "made-from.txt"
_SOURCES = {
    "1-NotoSansSC-Regular.ttf": "notosanssc/NotoSansSC[wght].ttf",
    "2-NotoSansTC-Regular.ttf": "notosanstc/NotoSansTC[wght].ttf",
    "3-NotoSansJP-Regular.ttf": "notosansjp/NotoSansJP[wght].ttf",
    "4-NotoSansKR-Regular.ttf": "notosanskr/NotoSansKR[wght].ttf",
}
_REGULAR_WEIGHT = 400
# Layout is reportlab's: it looks up one glyph for each character. Letters are never set vertically.
_UNUSED_TABLES = ("BASE", "GDEF", "GPOS", "GSUB", "HVAR", "VVAR", "vhea", "vmtx", "prep", "gasp")


class LetterFontMissing(RuntimeError):
    """The machine has no font that letters can be set in."""


def letter_font_files() -> tuple[Path, ...]:
    """The TrueType files, the preferred one first; each further one draws what those before it cannot.

    `DOCUMENTS_LETTER_FONTS` names others, separated as in PATH. LetterFontMissing where a file is not there.
    """
    chosen = os.environ.get(FONTS_SETTING, "")
    paths = [Path(path) for path in chosen.split(os.pathsep) if path] or sorted(FOLDER.glob("*.ttf"))
    missing = [str(path) for path in paths if not path.is_file()]
    if missing or not paths:
        raise LetterFontMissing(
            f"no font for letters at {', '.join(missing) or FOLDER}: make them with `{sys.executable} -m "
            f"{__spec__.name}`, or name .ttf or .ttc files with TrueType outlines in {FONTS_SETTING}"
        )
    return tuple(paths)


def make_font_files(folder: Path = FOLDER) -> bool:
    """Makes the files in their folder, all or none; False where they are there already. Takes some ten seconds."""
    if (folder / _MADE_FROM).exists() and (folder / _MADE_FROM).read_text() == _made_from():
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    try:
        _make_all(made)
        made.chmod(0o755)
        rmtree(folder, ignore_errors=True)
        made.rename(folder)
    except BaseException:
        rmtree(made, ignore_errors=True)
        raise
    return True


def _make_all(folder: Path) -> None:
    drawn: set[int] = set()
    for name, source in _SOURCES.items():
        font = _open(source)
        characters = set(font.getBestCmap())
        wanted = {each for each in characters - drawn if _is_ideograph(each)} if drawn else characters
        _cut_regular(font, wanted, everything=not drawn).save(folder / name)
        drawn |= wanted
    copyfile(_source("notosanssc/OFL.txt"), folder / "OFL.txt")
    (folder / _MADE_FROM).write_text(_made_from())


def _cut_regular(font: Any, characters: set[int], *, everything: bool) -> Any:
    """The regular weight of a variable font, reduced to the characters unless everything is wanted."""
    from fontTools.subset import Options, Subsetter
    from fontTools.varLib.instancer import OverlapMode, instantiateVariableFont

    for tag in _UNUSED_TABLES:
        if tag in font:
            del font[tag]
    if not everything:
        subsetter = Subsetter(Options(layout_features=[], name_IDs=["*"], notdef_outline=True))
        subsetter.populate(unicodes=characters)
        subsetter.subset(font)
    return instantiateVariableFont(
        font,
        {"wght": _REGULAR_WEIGHT},
        inplace=True,
        optimize=False,
        overlap=OverlapMode.KEEP_AND_DONT_SET_FLAGS,
        updateFontNames=True,
    )


def _open(source: str) -> Any:
    from fontTools.ttLib import TTFont

    # Without the time of making, so that the same package gives the same bytes.
    return TTFont(_source(source), recalcTimestamp=False)


def _source(name: str) -> Path:
    return Path(str(files("justmytype_intl_cjk"))) / "fonts" / "ofl" / name


def _made_from() -> str:
    return f"{PACKAGE} {version(PACKAGE)}, fonttools {version('fonttools')}, edition {_EDITION}\n"


def _is_ideograph(character: int) -> bool:
    """Whether Unicode has the code point in a block of unified or compatibility ideographs."""
    return any(first <= character <= last for first, last in _ideographs())


def _ideographs() -> Iterator[tuple[int, int]]:
    yield 0x3400, 0x4DBF
    yield 0x4E00, 0x9FFF
    yield 0xF900, 0xFAFF
    # The planes that Unicode keeps for ideographs.
    yield 0x20000, 0x3FFFF


if __name__ == "__main__":
    print(f"{'Made' if make_font_files() else 'There already'}: {FOLDER}")  # noqa: T201 - a command
