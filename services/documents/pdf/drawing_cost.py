"""How long a page would take to draw, estimated from its operators: forms that draw forms multiply.

The renderer cannot be interrupted inside a form or a pattern, so what they multiply to is estimated before
anything is drawn. The prices are what the renderer needs at 200 dpi on a machine of two cores, in microseconds,
rounded.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from pypdf import PageObject
from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

from services.documents.pdf.problems import DrawingTooComplex
from services.documents.pdf.stream_filters import decoded

_LIMIT = 8_000_000.0
_PER_BYTE = 0.25
_PER_USE = 30.0
_PER_PIXEL = 0.0125
_PER_SHADING = 20_000.0
_PER_PAGE_AREA = 3_000.0
_PAGE_SIDES = (595.0, 842.0)
_HONEST_OVERLAP = 4.0
_CONTENT_LIMIT = 64 * 1024 * 1024
_DEEPEST = 30
# Names and operators end where a blank or a delimiter stands (ISO 32000-1, 7.2.2).
_ENDS = rb"\x00\t\n\x0c\r ()<>\[\]{}/%"
_NAMED_USE = re.compile(rb"/([^" + _ENDS + rb"]*)[\x00\t\n\x0c\r ]+(Do|scn|SCN)(?![^" + _ENDS + rb"])")
_ANY_USE = re.compile(rb"(?<![^" + _ENDS + rb"])Do(?![^" + _ENDS + rb"])")
_SHADING = re.compile(rb"(?<![^" + _ENDS + rb"])sh(?![^" + _ENDS + rb"])")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")


def check_drawing(page: PageObject, number: int) -> None:
    """Raises DrawingTooComplex where the page (counted from 1) would take longer to draw than any scan does."""
    resources = _dictionary(page.get("/Resources"))
    content = b"\n".join(_contents(page.get("/Contents")))
    if _Estimate(number).drawing(content, resources) > _LIMIT:
        raise DrawingTooComplex(page=number)


def _contents(given: Any) -> Iterator[bytes]:
    thing = given.get_object() if given is not None else None
    for part in thing if isinstance(thing, ArrayObject) else [thing]:
        stream = part.get_object() if part is not None else None
        if isinstance(stream, StreamObject):
            yield decoded(stream, _CONTENT_LIMIT)


class _Estimate:
    """What drawings cost, each stream estimated once however often it is used."""

    def __init__(self, page: int) -> None:
        self._page = page
        self._known: dict[tuple[int, int], float] = {}
        self._open: set[int] = set()

    def drawing(self, content: bytes, resources: DictionaryObject) -> float:
        """Microseconds for a content stream, uses of forms, pictures and patterns included."""
        forms, patterns = (_dictionary(resources.get(kind)) for kind in ("/XObject", "/Pattern"))
        cost = len(content) * _PER_BYTE + len(_SHADING.findall(content)) * _PER_SHADING
        named = 0
        for name, operator in _NAMED_USE.findall(content):
            drawn = operator == b"Do"
            named += drawn
            cost += self._use(forms if drawn else patterns, _name(name), resources)
        # A use whose name a comment or the like has hidden from the search counts as the dearest one.
        if hidden := len(_ANY_USE.findall(content)) - named:
            cost += hidden * max((self._use(forms, name, resources) for name in forms), default=_PER_USE)
        return cost + self._glyphs(content, resources)

    def _use(self, things: DictionaryObject, name: str, resources: DictionaryObject) -> float:
        thing = things.get(name)
        thing = thing.get_object() if thing is not None else None
        if not isinstance(thing, StreamObject):
            return _PER_USE
        key = (id(thing), id(resources))
        if key not in self._known:
            self._known[key] = self._stream(thing, resources)
        return self._known[key]

    def _stream(self, thing: StreamObject, resources: DictionaryObject) -> float:
        if thing.get("/Subtype") == "/Image":
            return _PER_USE + _number(thing, "/Width", 0) * _number(thing, "/Height", 0) * _PER_PIXEL
        if id(thing) in self._open or len(self._open) > _DEEPEST:
            raise DrawingTooComplex(page=self._page)
        self._open.add(id(thing))
        own = _dictionary(thing.get("/Resources")) or resources
        cost = self.drawing(decoded(thing, _CONTENT_LIMIT), own)
        self._open.discard(id(thing))
        return _PER_USE + (_tiled(thing, cost) if "/PatternType" in thing else cost)

    def _glyphs(self, content: bytes, resources: DictionaryObject) -> float:
        """Every byte of the content might show the dearest glyph of a font whose glyphs are drawings."""
        dearest = 0.0
        for font in map(_dictionary, _dictionary(resources.get("/Font")).values()):
            glyphs = _dictionary(font.get("/CharProcs"))
            inside = _dictionary(font.get("/Resources")) or resources
            dearest = max([dearest, *(self._use(glyphs, name, inside) - _PER_USE for name in glyphs)])
        return dearest * len(content) / 2


def _tiled(pattern: DictionaryObject, cell: float) -> float:
    """A pattern of cells beside each other is drawn once and copied; overlapping cells are drawn one by one."""
    across, up = (abs(_number(pattern, step, 0)) or 1e-6 for step in ("/XStep", "/YStep"))
    box = pattern.get("/BBox")
    left, bottom, right, top = (float(side) for side in box) if isinstance(box, ArrayObject) else (0, 0, 0, 0)
    overlap = abs((right - left) * (top - bottom)) / (across * up)
    if overlap <= _HONEST_OVERLAP:
        return cell
    tiles = max(1.0, _PAGE_SIDES[0] / across) * max(1.0, _PAGE_SIDES[1] / up)
    return tiles * cell + overlap * _PER_PAGE_AREA


def _dictionary(given: Any) -> DictionaryObject:
    thing = given.get_object() if given is not None else None
    return thing if isinstance(thing, DictionaryObject) else DictionaryObject()


def _number(thing: DictionaryObject, key: str, missing: float) -> float:
    given = thing.get(key)
    return float(given) if isinstance(given, int | float) else missing


def _name(raw: bytes) -> str:
    return "/" + _ESCAPED.sub(lambda code: bytes([int(code[1], 16)]), raw).decode("latin-1")
