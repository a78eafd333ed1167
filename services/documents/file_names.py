"""The name of an uploaded file, from the header that came with it: in UTF-8 or GBK, escaped, with its folders."""

import re
import warnings
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from urllib.parse import unquote_to_bytes

from aiohttp.multipart import content_disposition_filename, parse_content_disposition

_ENCODINGS = ("utf-8", "gb18030")  # the second holds all of GBK and GB 2312
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_ENCODED_WORD = re.compile(r"=\?[^?]+\?[BbQq]\?[^?]*\?=")
_LONE_BACKSLASH = re.compile(r"\\(?![\"\\])")
_FOLDERS = re.compile(r"[/\\]")


def filename_of(content_disposition: str) -> str | None:
    """The file's own name in a part's Content-Disposition, as aiohttp gives it; None where there is none.

    Decoded before it is parsed: the second byte of a character in GBK may be a backslash.
    """
    header = _decoded(content_disposition.encode("utf-8", "surrogateescape")) or content_disposition
    with warnings.catch_warnings(action="ignore"):  # aiohttp warns of a header that it cannot read
        # Old browsers send a path as it is, where the standard has a backslash escape the next character.
        _, parameters = parse_content_disposition(_LONE_BACKSLASH.sub(r"\\\\", header))
        given = content_disposition_filename(parameters)
    if given is None:
        return None
    plain = given if "filename*" in parameters else _unescaped(given)
    return _FOLDERS.split(plain)[-1] or None


def _unescaped(name: str) -> str:
    """Browsers escape some characters, other clients all Chinese ones; what only looks escaped stays as it is."""
    if _ENCODED_WORD.search(name):
        try:
            return str(make_header(decode_header(name)))
        except (HeaderParseError, LookupError, ValueError):
            return name
    return (_decoded(unquote_to_bytes(name)) or name) if _ESCAPED.search(name) else name


def _decoded(raw: bytes) -> str | None:
    for encoding in _ENCODINGS:
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
