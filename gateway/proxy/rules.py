"""Where a request goes, what goes along with it, and how large it may be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.settings import MEGABYTE
from shared.contracts.service_routes import SERVICE_OF
from shared.web.problems import BodyTooLarge, NoSuchPath

PREFIX = "/api/v1/"
# A path that means something else once it is read again: a step upward, a hidden slash, an end of the string.
# Or a letter, digit or one of `-._~` that is encoded although it stands for itself.
_CUNNING = re.compile(
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
    """How large bodies may be, in bytes: forms (JSON), and files (everything else)."""

    form: int
    upload: int

    def of(self, content_type: str) -> int:
        """The limit of a body of this kind."""
        return self.form if content_type.partition(";")[0].strip().lower().endswith("json") else self.upload


def collection_of(raw_path: str) -> str:
    """The collection that a path begins with; raises NoSuchPath where the path is not one of ours.

    Nobody needs to encode what stands for itself: a path that does (`%69nternal`), or that means something else
    once it is read again, is none of ours.
    """
    if not raw_path.startswith(PREFIX) or _CUNNING.search(raw_path):
        raise NoSuchPath
    return raw_path[len(PREFIX) :].partition("/")[0]


def service_of(collection: str) -> str:
    """The service that serves a collection; raises NoSuchPath."""
    service = SERVICE_OF.get(collection)
    if service is None:
        raise NoSuchPath
    return service


def too_large(limit: int) -> BodyTooLarge:
    """The refusal of a body above a limit."""
    return BodyTooLarge(limit_mb=limit // MEGABYTE)


def inward(given: Mapping[str, str]) -> dict[str, str]:
    """Of the request's headers, those that the service gets to see; never Authorization or Cookie."""
    return {name: value for name in _INWARD if (value := given.get(name)) is not None}


def outward(given: Mapping[str, str]) -> dict[str, str]:
    """Of the answer's headers, those that the client gets to see; cookies are the gateway's alone."""
    return {name: value for name, value in given.items() if name.lower() not in _NOT_OUTWARD}
