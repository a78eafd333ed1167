"""Static pages and their files, all from this origin: the start page and the API reference."""

import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from aiohttp import web

from shared.web.answering import RequestContext

_OWN = Path(__file__).parent / "web"
_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
# Swagger UI 5 as the PyPI package swagger-ui-py ships it: the smaller swagger-ui-bundle stops at version 4,
# which cannot read OpenAPI 3.1.
_SWAGGER_FILES = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")


@dataclass(frozen=True, slots=True)
class File:
    """A static file."""

    content: bytes
    media_type: str
    etag: str

    @classmethod
    def read(cls, path: Path) -> "File":
        """Reads the file once, at the start of the gateway."""
        content = path.read_bytes()
        return cls(content, _TYPES[path.suffix], f'"{sha256(content).hexdigest()[:32]}"')

    async def __call__(self, request: web.Request, _: RequestContext | None = None) -> web.Response:
        """Answers the file, or 304 if the browser has it already."""
        return revalidated(request, self.content, self.media_type, self.etag)


def revalidated(request: web.Request, content: bytes, media_type: str, etag: str) -> web.Response:
    """Builds an answer that a browser may cache and must revalidate."""
    headers = {
        "ETag": etag,
        "Cache-Control": "no-cache",
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }
    if etag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    charset = "utf-8" if media_type.startswith("text/") else None
    return web.Response(body=content, content_type=media_type, charset=charset, headers=headers)


def pages() -> Iterator[tuple[str, File]]:
    """Maps paths to pages and files."""
    yield "/", File.read(_OWN / "index.html")
    yield "/help/unreadable-letter", File.read(_OWN / "unreadable-letter.html")
    yield "/certificate", File.read(_OWN / "certificate.html")
    yield "/certificate.js", File.read(_OWN / "certificate.js")
    yield "/style.css", File.read(_OWN / "style.css")
    yield "/api/v1/docs/reference.js", File.read(_OWN / "reference.js")
    for name in _SWAGGER_FILES:
        yield f"/api/v1/docs/{name}", File.read(_swagger_folder() / name)


def reference() -> File:
    """Builds the page of the API reference."""
    return File.read(_OWN / "reference.html")


def _swagger_folder() -> Path:
    found = importlib.util.find_spec("swagger_ui")
    if found is None or found.origin is None:
        raise RuntimeError("swagger-ui-py is not installed; it belongs to the requirements")
    return Path(found.origin).parent / "static"
