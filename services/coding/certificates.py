"""Certificates of codes: what they state, their signature, and what a check of one finds (COD-6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.coding.problems import CertificateNotGenuine, CodeIsRetired
from shared.clock import china_today
from shared.security.tokens import Signer, StatementRefused, Verifier

KIND, AUDIENCE = "certificate", "urn:fuma:public"
# Signed certificates are shorter; what is longer was made by somebody else and is not read.
LONGEST_TOKEN = 1024
_DIGEST_CHARACTERS = 32
PAGE = "/certificate"


class CertificateState(StrEnum):
    """What a genuine certificate is worth today."""

    CURRENT = "current"
    SUPERSEDED = "superseded"
    RETIRED = "retired"


STATE_TEXTS = {
    CertificateState.CURRENT: (
        "证书真实有效：所载名称、地区与现行登记一致。",
        "The certificate is genuine, and its name and region are those in force.",
    ),
    CertificateState.SUPERSEDED: (
        "证书真实，但签发后名称或地区已变更：请以现行登记为准。",
        "The certificate is genuine, but the name or region has changed since: rely on those in force.",
    ),
    CertificateState.RETIRED: (
        "证书真实，但该编码已停用：持有者已归档。",
        "The certificate is genuine, but its code is retired: the holder is archived.",
    ),
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate states: the public facts on the day of issue, and the signed text of its QR code."""

    code: str
    kind: str
    name: str
    region: str
    assigned_on: date
    issued_on: date
    url: str


class Certified(BaseModel):
    """The signed facts: the name by its digest, so that every QR code is equally small."""

    model_config = ConfigDict(frozen=True, strict=True)

    code: str = Field(alias="sub")
    name_digest: str = Field(alias="name")
    region: str
    issued_at: int = Field(alias="iat")

    @property
    def issued_on(self) -> date:
        """The day of issue in China."""
        return china_today(datetime.fromtimestamp(self.issued_at, UTC))


class CertificateSigner:
    """Issues certificates whose QR code opens the page that checks them."""

    def __init__(self, private_key: Path, public_url: str) -> None:
        self._signer = Signer(private_key, KIND)
        self._page = f"{public_url.rstrip('/')}{PAGE}"

    def issued(self, found: Mapping[str, Any], now: datetime) -> Certificate:
        """Builds the certificate of a code as the register shows it now; raises CodeIsRetired."""
        CodeIsRetired.unless(found["retired_at"] is None)
        facts = {"sub": found["code"], "name": name_digest(found["name"]), "region": found["region"]}
        token = self._signer.sign(facts, audience=AUDIENCE, seconds=None)
        return Certificate(
            code=found["code"],
            kind=found["kind"],
            name=found["name"],
            region=found["region"],
            assigned_on=china_today(found["assigned_at"]),
            issued_on=china_today(now),
            # Behind the number sign, so that no proxy's log has it.
            url=f"{self._page}#{token}",
        )


class CertificateVerifier:
    """Verifies the text of a certificate's QR code; the keys are public."""

    def __init__(self, public_keys: Path) -> None:
        self._verifier = Verifier(public_keys, KIND, AUDIENCE)
        self.public_keys = self._verifier.public_keys()

    def certified(self, token: str) -> Certified:
        """Returns the signed facts; raises CertificateNotGenuine for anything that coding has not signed."""
        CertificateNotGenuine.unless(len(token) <= LONGEST_TOKEN)
        try:
            return Certified.model_validate(self._verifier.verify(token))
        except (StatementRefused, ValidationError) as error:
            raise CertificateNotGenuine from error


def state_of(certified: Certified, found: Mapping[str, Any]) -> CertificateState:
    """Compares a certificate with the register."""
    if found["retired_at"] is not None:
        return CertificateState.RETIRED
    same = (name_digest(found["name"]), found["region"]) == (certified.name_digest, certified.region)
    return CertificateState.CURRENT if same else CertificateState.SUPERSEDED


def certified_name(certified: Certified, names: Sequence[str]) -> str | None:
    """Returns the name that the certificate was issued for, out of all approved names."""
    return next((name for name in names if name_digest(name) == certified.name_digest), None)


def name_digest(name: str) -> str:
    """Returns the digest of a name as certificates carry it: 128 bits in hexadecimal."""
    return sha256(name.encode()).hexdigest()[:_DIGEST_CHARACTERS]
