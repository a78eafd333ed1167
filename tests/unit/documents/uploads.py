"""Uploads for the tests: honest pictures and PDFs, and the hostile ones that people send by accident or design."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, StreamObject, TextStringObject

RED, BLUE = (254, 0, 0), (0, 0, 254)


def marked_picture() -> Image.Image:
    """A landscape picture, red in its upper left corner and blue in its upper right."""
    picture = Image.new("RGB", (600, 400), "white")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 0, 100, 60), fill=RED)
    pen.rectangle((500, 0, 600, 60), fill=BLUE)
    return picture


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file of that kind."""
    written = BytesIO()
    picture.save(written, kind, **options)
    return written.getvalue()


def pdf_of(writer: PdfWriter) -> bytes:
    """The PDF as a file."""
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def empty_pdf(pages: int = 1, width: float = 595, height: float = 842) -> PdfWriter:
    """Blank pages."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width, height)
    return writer


def many_pages(count: int) -> bytes:
    """A PDF that says truly that it has so many pages, without the trouble of a writer."""
    kids = b" ".join(b"%d 0 R" % n for n in range(3, count + 3))
    bodies = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids)]
    bodies += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"] * count
    return assembled(bodies)


def encrypted_pdf(user_password: str) -> bytes:
    """Protected; with an empty user password it opens for everybody and may not be changed."""
    writer = empty_pdf()
    writer.encrypt(user_password, "owner", algorithm="AES-256")
    return pdf_of(writer)


def with_action(action: str) -> bytes:
    """Does something when it is opened."""
    writer = empty_pdf()
    does = {"/S": NameObject(action), "/F": TextStringObject("x")}
    opening = DictionaryObject({NameObject(key): value for key, value in does.items()})
    writer.root_object[NameObject("/OpenAction")] = writer._add_object(opening)
    return pdf_of(writer)


def with_javascript() -> bytes:
    """A script among the document's names, which runs when it is opened."""
    writer = empty_pdf()
    does = {"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert('x')")}
    script = DictionaryObject({NameObject(key): value for key, value in does.items()})
    named = DictionaryObject({NameObject("/Names"): ArrayObject([TextStringObject("a"), script])})
    writer.root_object[NameObject("/Names")] = DictionaryObject({NameObject("/JavaScript"): named})
    return pdf_of(writer)


def with_attachment() -> bytes:
    writer = empty_pdf()
    writer.add_attachment("x.exe", b"MZ")
    return pdf_of(writer)


def with_page_action() -> bytes:
    """JavaScript hidden in an annotation's additional actions."""
    writer = empty_pdf()
    script = DictionaryObject({NameObject("/S"): NameObject("/JavaScript")})
    actions = DictionaryObject({NameObject("/E"): script})
    writer.pages[0][NameObject("/AA")] = actions
    return pdf_of(writer)


def content_bomb(unfolded: int, layers: int = 1) -> bytes:
    """A page whose drawing is a few bytes that unfold to so many."""
    data = _blanks(unfolded)
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    names = b"/FlateDecode " * layers
    stream = b"<</Length %d/Filter[%s]>>stream\n%s\nendstream" % (len(data), names, data)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R>>"
    return assembled([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>", page, stream])


def _blanks(unfolded: int) -> bytes:
    """So many blanks deflated: one piece is, and then stands there again and again."""
    machine = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    piece = b" " * (16 * 1024 * 1024)
    times, checksum = unfolded // len(piece), 1
    for _ in range(times):
        checksum = zlib.adler32(piece, checksum)
    deflated = machine.compress(piece) + machine.flush(zlib.Z_FULL_FLUSH)
    return b"\x78\xda" + deflated * times + machine.flush() + struct.pack(">I", checksum)


def pdf_with_huge_picture(side: int) -> bytes:
    """A picture in a PDF that claims to have side × side pixels."""
    writer = empty_pdf()
    image = StreamObject()
    image.set_data(zlib.compress(bytes(1000)))
    for key, name in {"/Subtype": "/Image", "/ColorSpace": "/DeviceRGB", "/Filter": "/FlateDecode"}.items():
        image[NameObject(key)] = NameObject(name)
    for key, number in {"/Width": side, "/Height": side, "/BitsPerComponent": 8}.items():
        image[NameObject(key)] = NumberObject(number)
    names = DictionaryObject({NameObject("/X"): writer._add_object(image)})
    writer.pages[0][NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): names})
    return pdf_of(writer)


def huge_png(side: int) -> bytes:
    """A PNG that says in its header that it has side × side pixels, and has the beginning of them."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(bytes(10**6)))


def huge_jpeg(side: int) -> bytes:
    """A real JPEG whose frame header was changed to side × side pixels."""
    jpeg = bytearray(saved(Image.new("RGB", (16, 16)), "JPEG"))
    at = jpeg.index(b"\xff\xc0")
    jpeg[at + 5 : at + 9] = struct.pack(">HH", side, side)
    return bytes(jpeg)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def assembled(bodies: list[bytes]) -> bytes:
    """A PDF of these objects, numbered from 1; the first is its root."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(bodies) + 1, start)
    return bytes(out)


def progressive_bomb(scans: int, side: int = 7900) -> bytes:
    """A JPEG within every limit of pixels whose last scan, a few bytes, stands there again and again."""
    jpeg = saved(Image.new("L", (side, side), 128), "JPEG", progressive=True)
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:last] + jpeg[last:-2] * scans + b"\xff\xd9"
