"""Signed statements between our own processes: Ed25519 JSON web tokens, short-lived.

The gateway signs who is calling; the documents service signs receipts for files that it keeps. A service that
verifies holds the public key only.
"""

import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from pydantic import ValidationError

from shared.problems import SignInRequired
from shared.security.caller import Caller, caller_of, claims_of

CALLER_SECONDS = 300
_ALGORITHM = "Ed25519"
_REMEMBERED = 4096


class StatementRefused(Exception):
    """The signature is not ours, the statement is of another kind, or its time is over."""


class Signer:
    """Signs statements of one kind (`caller`, `receipt`)."""

    def __init__(self, private_key: Path, kind: str) -> None:
        self._key = OKPKey.import_key(private_key.read_text("utf-8"))
        self._kind = kind

    def sign(self, claims: dict[str, Any], *, seconds: int | None) -> str:
        """A compact token; valid for so many seconds, or without end where None."""
        now = int(time.time())
        lasting = {} if seconds is None else {"exp": now + seconds}
        header = {"alg": _ALGORITHM, "typ": self._kind}
        return jwt.encode(header, {**claims, "iat": now, **lasting}, self._key, algorithms=[_ALGORITHM])


class Verifier:
    """Verifies statements of one kind."""

    def __init__(self, public_key: Path, kind: str) -> None:
        self._key = OKPKey.import_key(public_key.read_text("utf-8"))
        self._kind = kind

    def verify(self, token: str) -> dict[str, Any]:
        """The claims; raises StatementRefused."""
        try:
            decoded = jwt.decode(token, self._key, algorithms=[_ALGORITHM])
        except (JoseError, ValueError) as error:
            raise StatementRefused(str(error)) from error
        if decoded.header.get("typ") != self._kind:
            raise StatementRefused("a statement of another kind")
        if decoded.claims.get("exp", float("inf")) < time.time():
            raise StatementRefused("its time is over")
        return dict(decoded.claims)


class CallerVerifier:
    """Reads the caller from a token, remembering tokens that it has verified until they end."""

    def __init__(self, public_key: Path) -> None:
        self._verifier = Verifier(public_key, "caller")
        self._known: OrderedDict[str, tuple[Caller, float]] = OrderedDict()

    def caller(self, token: str) -> Caller:
        """Who calls; raises SignInRequired where the token does not stand."""
        known = self._known.get(token)
        if known is not None and known[1] > time.time():
            return known[0]
        try:
            claims = self._verifier.verify(token)
            caller, ends = caller_of(claims), float(claims["exp"])
        except (StatementRefused, ValidationError, LookupError, TypeError) as error:
            raise SignInRequired from error
        self._known[token] = (caller, ends)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return caller


def caller_token(signer: Signer, caller: Caller) -> str:
    """The token that the gateway sends inward with a request."""
    return signer.sign(claims_of(caller), seconds=CALLER_SECONDS)
