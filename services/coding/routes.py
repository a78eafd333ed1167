"""The HTTP endpoints of coding: public look-up of codes, and the nation's policies."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.coding import store, use_cases
from services.coding.rules import AssignOn, Policies, PolicyKey
from shared.contracts.coding.events import CodeKind
from shared.jobs.routes import job_routes
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound
from shared.security.caller import Caller, Role
from shared.web.routes import PUBLIC, SIGNED_IN, Routes

# Stands for the empty prefix in a path: all types without a policy of their own.
ALL_TYPES = "*"

codes = Routes("codes")
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
