"""Builders of raw PDFs: one page, its resources, and the objects that these refer to."""

from tests.unit.documents.uploads import assembled


def stream(head: bytes, data: bytes) -> bytes:
    """A stream object with these entries in its dictionary."""
    return b"<<%s/Length %d>>stream\n%s\nendstream" % (head, len(data), data)


def page_pdf(
    content: bytes, resources: bytes = b"", *objects: bytes, filters: bytes = b"", page: bytes = b""
) -> bytes:
    """A page with this content; the objects are numbered from 5, and refer to each other by their numbers."""
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<%s>>%s>>" % (resources, page),
        stream(filters, content),
    ]
    return assembled([*bodies, *objects])


def form(content: bytes, resources: bytes = b"") -> bytes:
    """A form XObject as large as the page."""
    return stream(b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]/Resources<<%s>>" % resources, content)


def nested_forms(levels: int, times: int = 10) -> bytes:
    """A page that draws a form so many times, which draws another so many times, down to a rectangle."""
    inner = [form(b"/X Do " * times, b"/XObject<</X %d 0 R>>" % (6 + n)) for n in range(levels - 1)]
    return page_pdf(b"/X Do " * times, b"/XObject<</X 5 0 R>>", *inner, form(b"1 1 9 9 re f\n" * times))


def pattern(step: float, side: float, cell: bytes = b"0 0 600 600 re f") -> bytes:
    """A page filled with a tiling pattern whose cells have this side and stand so far apart."""
    head = b"/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 %f %f]/XStep %f/YStep %f/Resources<<>>"
    tiles = stream(head % (side, side, step, step), cell)
    return page_pdf(b"/Pattern cs /P scn 0 0 595 842 re f", b"/Pattern<</P 5 0 R>>", tiles)
