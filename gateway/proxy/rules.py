"""Rules of the proxy: the service of a request, its headers, and its body limit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from shared.contracts.service_routes import SERVICE_OF
from shared.web.problems import BodyTooLarge, NoSuchPath

PREFIX = "/api/v1/"
MEGABYTE = 1024 * 1024
# A path that means something else once it is read again: a step upward, a hidden slash, an end of the string.
# Or a letter, digit or one of `-._~` that is encoded although it stands for itself.
_AMBIGUOUS = re.compile(
    r"\.\.|//|/\.(/|$)|\\|%2[def]|%5[cf]|%7e|%3[0-9]|%[46][1-9a-f]|%[57][0-9a]|%00|[\x00-\x20]", re.IGNORECASE
)
_INWARD = (
    "Accept",
    "Accept-Language",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Range",
    "tracestate",
    "User-Agent",
)
_NOT_OUTWARD = frozenset(
    {
        "connection",
        "date",
        "keep-alive",
        "proxy-authenticate",
        "server",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-correlation-id",
    }
)
# The service says which of these a path has; TRACE and OPTIONS no path has.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class Limits:
    """Body limits in bytes: for forms (JSON), and for files (everything else)."""

    form: int
    upload: int

    def of(self, content_type: str) -> int:
        """Returns the limit of a body by its media type."""
        return self.form if content_type.partition(";")[0].strip().lower().endswith("json") else self.upload


def collection_of(raw_path: str) -> str:
    """Returns the first segment of a path; raises NoSuchPath for an ambiguous path.

    Unreserved characters need no encoding: a path that encodes one (`%69nternal`), or that decodes to a different
    path, is refused.
    """
    if not raw_path.startswith(PREFIX) or _AMBIGUOUS.search(raw_path):
        raise NoSuchPath
    return raw_path[len(PREFIX) :].partition("/")[0]


def service_of(collection: str) -> str:
    """Returns the service that serves a collection; raises NoSuchPath."""
    service = SERVICE_OF.get(collection)
    if service is None:
        raise NoSuchPath
    return service


def too_large(limit: int) -> BodyTooLarge:
    """Builds the refusal of a body above a limit."""
    return BodyTooLarge(limit_mb=limit // MEGABYTE)


def request_headers(given: Mapping[str, str]) -> dict[str, str]:
    """Returns the request headers that the service receives; never Authorization or Cookie."""
    return {name: value for name in _INWARD if (value := given.get(name)) is not None}


def response_headers(given: Mapping[str, str]) -> dict[str, str]:
    """Returns the answer headers that the client receives; only the gateway sets cookies."""
    return {name: value for name, value in given.items() if name.lower() not in _NOT_OUTWARD}
