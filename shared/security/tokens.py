"""Signed tokens between the platform's processes: Ed25519 JWTs, each from one issuer to one audience.

The gateway signs the caller for the one service that receives the request; the documents service signs receipts
for stored files; coding signs the certificates of codes. A service that verifies holds public keys only: those of
the key file, each named by its RFC 7638 thumbprint, so that a new key is trusted before it signs and an old one
until its last token ends.
"""

import re
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
# How far the clocks of two hosts may differ.
LEEWAY_SECONDS = 30
ALGORITHM = "Ed25519"
_ISSUERS = {"caller": "urn:fuma:gateway", "receipt": "urn:fuma:documents", "certificate": "urn:fuma:coding"}
_REMEMBERED = 4096
_PEM = re.compile(r"-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----", re.DOTALL)


class StatementRefused(Exception):
    """The signature, kind, audience or time of a token is wrong."""


def issuer_of(kind: str) -> str:
    """Returns the issuer of tokens of a kind."""
    return _ISSUERS[kind]


def audience_of(service: str) -> str:
    """Returns the audience of a token for one service."""
    return f"urn:fuma:{service}"


class Signer:
    """Signs tokens of one kind (`caller`, `receipt`, `certificate`)."""

    def __init__(self, private_key: Path, kind: str) -> None:
        self._key = OKPKey.import_key(private_key.read_text("utf-8"))
        self._kind = kind
        self._header = {"alg": ALGORITHM, "typ": kind, "kid": self._key.thumbprint()}

    def sign(self, claims: dict[str, Any], *, audience: str, seconds: int | None) -> str:
        """Signs a compact token; valid for a number of seconds, or without end for None."""
        now = int(time.time())
        own = {"iss": issuer_of(self._kind), "aud": audience, "iat": now, "nbf": now}
        lasting = {} if seconds is None else {"exp": now + seconds}
        return jwt.encode(self._header, {**claims, **own, **lasting}, self._key, algorithms=[ALGORITHM])


class Verifier:
    """Verifies tokens of one kind for one audience."""

    def __init__(self, public_keys: Path, kind: str, audience: str) -> None:
        keys = [OKPKey.import_key(text) for text in _PEM.findall(public_keys.read_text("utf-8"))]
        self._keys = {key.thumbprint(): key for key in keys}
        self._kind = kind
        self._audience = audience

    def public_keys(self) -> dict[str, str]:
        """Maps the id of each trusted key to the key in PEM."""
        return {key_id: key.as_pem(private=False).decode() for key_id, key in self._keys.items()}

    def verify(self, token: str) -> dict[str, Any]:
        """Returns the claims; raises StatementRefused."""
        try:
            decoded = jwt.decode(token, self._key_of, algorithms=[ALGORITHM])
        except (JoseError, ValueError, KeyError) as error:
            raise StatementRefused(str(error)) from error
        claims = decoded.claims
        _require(decoded.header.get("typ") == self._kind, "a statement of another kind")
        _require(claims.get("iss") == issuer_of(self._kind), "another issuer")
        _require(claims.get("aud") == self._audience, "meant for another audience")
        now = time.time()
        _require(_number(claims, "exp", float("inf")) >= now, "its time is over")
        begins = max(_number(claims, "nbf", 0), _number(claims, "iat", 0))
        _require(begins <= now + LEEWAY_SECONDS, "its time has not come")
        return dict(claims)

    def _key_of(self, token: Any) -> OKPKey:
        return self._keys[token.headers()["kid"]]


def _number(claims: dict[str, Any], name: str, absent: float) -> float:
    value = claims.get(name, absent)
    _require(isinstance(value, int | float) and not isinstance(value, bool), f"{name} is no number")
    return float(value)


def _require(condition: object, reason: str) -> None:
    if not condition:
        raise StatementRefused(reason)


class CallerVerifier:
    """Reads the caller from a token and caches verified tokens until they end."""

    def __init__(self, public_keys: Path, service: str) -> None:
        self._verifier = Verifier(public_keys, "caller", audience_of(service))
        self._known: OrderedDict[str, tuple[Caller, float]] = OrderedDict()

    def caller(self, token: str) -> Caller:
        """Returns the caller; raises SignInRequired for an invalid token."""
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


def caller_token(signer: Signer, caller: Caller, service: str) -> str:
    """Signs the token that the gateway sends with a request to a service."""
    return signer.sign(claims_of(caller), audience=audience_of(service), seconds=CALLER_SECONDS)
