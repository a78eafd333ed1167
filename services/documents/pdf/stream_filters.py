"""What the filters of a PDF's stream make of it, piece by piece, so that a bomb is counted before it is whole."""

import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from pypdf._codecs._codecs import LzwCodec
from pypdf.filters import ASCII85Decode, ASCIIHexDecode
from pypdf.generic import ArrayObject, StreamObject

from services.documents.pdf.problems import DecompressionBomb

_CHUNK = 1024 * 1024
_MOST_FILTERS = 8
_END_OF_RUNS = 128
Pieces = Iterator[bytes]


def decoded(stream: StreamObject, remaining: int) -> bytes:
    """The stream behind its filters, but for a picture's own coding; raises DecompressionBomb beyond `room`."""
    return b"".join(_bounded(_pieces(stream, remaining), remaining))


def decoded_size(stream: StreamObject, remaining: int) -> int:
    """How many bytes the stream becomes, never holding more than one piece of them; bounded likewise."""
    return sum(len(piece) for piece in _bounded(_pieces(stream, remaining), remaining))


def _pieces(stream: StreamObject, remaining: int) -> Pieces:
    """Each filter reads from the one before it; what a filter passes on is bounded too, or two would hide it."""
    pieces: Pieces = iter([stream._data])  # noqa: SLF001 - the only way to the raw bytes
    names = _filters(stream)
    if len(names) > _MOST_FILTERS:
        raise DecompressionBomb
    for name in names:
        decoder = _DECODERS.get(name)
        if decoder is None:  # a picture's own coding, which its size in pixels bounds
            break
        pieces = _bounded(decoder(pieces, remaining), remaining)
    return pieces


def _filters(stream: StreamObject) -> list[str]:
    given: Any = stream.get("/Filter", ArrayObject()).get_object()
    return [str(name.get_object()) for name in (given if isinstance(given, ArrayObject) else [given])]


def _bounded(pieces: Pieces, remaining: int) -> Pieces:
    for piece in pieces:
        remaining -= len(piece)
        if remaining < 0:
            raise DecompressionBomb
        yield piece


def _inflated(pieces: Pieces, _remaining: int) -> Pieces:
    """Damaged data ends it, as it ends every reader."""
    machine = zlib.decompressobj()
    for piece in pieces:
        rest = piece
        while rest and not machine.eof:
            try:
                out = machine.decompress(rest, _CHUNK)
            except zlib.error:
                return
            yield out
            rest = machine.unconsumed_tail


def _runs(pieces: Pieces, _remaining: int) -> Pieces:
    """Lengths up to 127 announce that many bytes and one, those from 129 a byte to repeat."""
    data, at = b"".join(pieces), 0
    while at < len(data) and data[at] != _END_OF_RUNS:
        length = data[at]
        if length < _END_OF_RUNS:
            yield data[at + 1 : at + 2 + length]
            at += 2 + length
        else:
            yield data[at + 1 : at + 2] * (257 - length)
            at += 2


def _lzw(pieces: Pieces, remaining: int) -> Pieces:
    yield LzwCodec(max_output_length=remaining).decode(b"".join(pieces))


def _hexadecimal(pieces: Pieces, _remaining: int) -> Pieces:
    yield bytes(ASCIIHexDecode.decode(b"".join(pieces)))


def _base85(pieces: Pieces, _remaining: int) -> Pieces:
    yield ASCII85Decode.decode(b"".join(pieces))


def _as_is(pieces: Pieces, _remaining: int) -> Pieces:
    return pieces


_DECODERS: Final[dict[str, Callable[[Pieces, int], Pieces]]] = {
    "/FlateDecode": _inflated,
    "/Fl": _inflated,
    "/LZWDecode": _lzw,
    "/LZW": _lzw,
    "/RunLengthDecode": _runs,
    "/RL": _runs,
    "/ASCIIHexDecode": _hexadecimal,
    "/AHx": _hexadecimal,
    "/ASCII85Decode": _base85,
    "/A85": _base85,
    "/Crypt": _as_is,
}
