"""The HTTP endpoints of coding: public look-up of codes, and the nation's policies."""

import asyncio
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.coding import store, use_cases
from services.coding.certificate_page import render_certificate
from services.coding.certificates import (
    KIND,
    STATE_TEXTS,
    CertificateSigner,
    CertificateState,
    CertificateVerifier,
    Certified,
    certified_name,
    state_of,
)
from services.coding.problems import CertificateNotGenuine
from services.coding.rules import AssignOn, Policies, PolicyKey
from shared.clock import utc_now
from shared.contracts.coding.events import CodeKind
from shared.jobs.routes import job_routes
from shared.postgres.transaction import Rows, Transaction, UnitOfWork
from shared.problems import NotFound
from shared.security.caller import Caller, Role
from shared.security.tokens import ALGORITHM, issuer_of
from shared.web.routes import PUBLIC, SIGNED_IN, Download, Routes

# Stands for the empty prefix in a path: all types without a policy of their own.
ALL_TYPES = "*"
PDF = "application/pdf"

codes = Routes("codes")
certificates = Routes("certificates")
policies = Routes("code-policies")
jobs = job_routes("coding")


class ApprovedName(BaseModel):
    """A name under which the holder of a code was approved, and since when."""

    name: str
    since: datetime


class CodeView(BaseModel):
    """A code and its holder: the name and region in force, and all its approved names, the oldest first.

    A code with `retired_at` is retired for ever: its holder is archived (COD-4).
    """

    code: str
    kind: str
    name: str
    region: str
    subject_id: UUID
    assigned_at: datetime
    retired_at: datetime | None
    names: list[ApprovedName]


class CertificateView(BaseModel):
    """What the check of a certificate finds: what it was issued for, and what the register shows now."""

    state: CertificateState
    zh: str
    en: str
    issued_on: date
    certified_name: str | None = Field(description="Null where that spelling of the name is not kept.")
    certified_region: str
    code: CodeView

    @classmethod
    def of(cls, certified: Certified, found: Mapping[str, Any]) -> "CertificateView":
        """Builds the view of a genuine certificate."""
        state = state_of(certified, found)
        zh, en = STATE_TEXTS[state]
        return cls(
            state=state,
            zh=zh,
            en=en,
            issued_on=certified.issued_on,
            certified_name=certified_name(certified, [found["name"], *(one["name"] for one in found["names"])]),
            certified_region=certified.region,
            code=CodeView(**found),
        )


class CertificateKey(BaseModel):
    """A public key (Ed25519, PEM) and the id by which certificates name it."""

    key_id: str
    public_key: str


class CertificateKeys(BaseModel):
    """The keys that certificates are signed with."""

    issuer: str
    algorithm: str
    keys: list[CertificateKey]


class PolicyChange(BaseModel):
    """When providers of this kind and type get their codes."""

    model_config = ConfigDict(extra="forbid")

    moment: AssignOn
    kind: str = CodeKind.INSTITUTION


class PolicyQuery(BaseModel):
    """The kind whose policies are requested."""

    model_config = ConfigDict(extra="forbid")

    kind: str = CodeKind.INSTITUTION


class PolicyList(BaseModel):
    """A kind's policies by prefix of the type's code: the longest match applies, the empty prefix matches all.

    `job_id` is the job that settles those who have waited, after a change.
    """

    kind: str
    policies: dict[str, AssignOn]
    job_id: UUID | None = Field(None, description="See `/coding-jobs/{job_id}` for its progress.")

    @classmethod
    def of(cls, kind: str, policies: Policies, job_id: UUID | None = None) -> "PolicyList":
        """Builds the view of one kind's policies."""
        own = {key.type_prefix: assign_on for key, assign_on in policies.items() if key.kind == kind}
        return cls(kind=kind, policies=own, job_id=job_id)


class SubjectQuery(BaseModel):
    """The record whose code is requested."""

    model_config = ConfigDict(extra="forbid")

    subject_id: UUID


@codes.get("/codes/{code}", by=PUBLIC)
async def look_up(rows: Rows, code: str) -> CodeView:
    """Anyone looks up who holds a code (COD-6)."""
    return _known(await store.by_code(rows, code))


@codes.get("/codes", by=PUBLIC)
async def code_of(rows: Rows, query: SubjectQuery) -> CodeView:
    """Anyone looks up the code of a record."""
    return _known(await store.by_subject(rows, query.subject_id))


@codes.get("/codes/{code}/certificate", by=SIGNED_IN, produces=PDF)
async def download_certificate(work: UnitOfWork, signer: CertificateSigner, code: str) -> Download:
    """Anyone signed in downloads a code's certificate, which states public facts alone (COD-6)."""
    async with work.reading() as rows:
        found = await store.by_code(rows, code)
    if found is None:
        raise NotFound
    certificate = signer.issued(found, utc_now())
    return Download(await asyncio.to_thread(render_certificate, certificate), PDF, f"{found['code']}.pdf")


@certificates.get("/certificates/{token}", by=PUBLIC)
async def check_certificate(rows: Rows, verifier: CertificateVerifier, token: str) -> CertificateView:
    """Anyone checks a printed certificate by the text of its QR code (COD-6)."""
    certified = verifier.certified(token)
    found = await store.by_code(rows, certified.code)
    if found is None:
        raise CertificateNotGenuine
    return CertificateView.of(certified, found)


@certificates.get("/certificate-keys", by=PUBLIC)
async def certificate_keys(verifier: CertificateVerifier) -> CertificateKeys:
    """Anyone reads the public keys, to check certificates without this platform (COD-6)."""
    keys = [CertificateKey(key_id=one, public_key=pem) for one, pem in verifier.public_keys.items()]
    return CertificateKeys(issuer=issuer_of(KIND), algorithm=ALGORITHM, keys=keys)


@policies.get("/code-policies", by=SIGNED_IN)
async def list_policies(rows: Rows, query: PolicyQuery) -> PolicyList:
    """Anyone signed in reads when codes are assigned (COD-2)."""
    return PolicyList.of(query.kind, (await store.coding_rules(rows)).policies)


@policies.put("/code-policies/{provider_type}", by=(Role.REVIEWER, Role.AGENCY))
async def set_policy(tx: Transaction, caller: Caller, provider_type: str, body: PolicyChange) -> PolicyList:
    """The nation's unit sets when providers of a type, or with `*` all others, get their codes (COD-2)."""
    key = PolicyKey(body.kind, "" if provider_type == ALL_TYPES else provider_type)
    job_id = await use_cases.set_policy(tx, caller, key, body.moment)
    return PolicyList.of(body.kind, (await store.coding_rules(tx)).policies, job_id)


def _known(found: Mapping[str, Any] | None) -> CodeView:
    if found is None:
        raise NotFound
    return CodeView(**found)
