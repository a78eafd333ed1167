"""The HTTP endpoints of coding: public look-up of codes, and the nation's policies."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.coding import store, use_cases
from services.coding.rules import AssignOn
from shared.contracts.coding.events import CodeKind
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound
from shared.security.caller import Caller, Role
from shared.web.routes import PUBLIC, SIGNED_IN, Routes

codes = Routes("codes")
policies = Routes("code-policies")


class CodeView(BaseModel):
    """A code and what bears it."""

    code: str
    kind: CodeKind
    name: str
    region: str
    subject_id: UUID
    assigned_at: datetime


class PolicyChange(BaseModel):
    """When institutions of this type get their codes."""

    model_config = ConfigDict(extra="forbid")

    moment: AssignOn


class PolicyList(BaseModel):
    """Policies by the beginning of the institution type's code; the longest that fits counts."""

    policies: dict[str, AssignOn]


class SubjectQuery(BaseModel):
    """Which record's code is asked for."""

    model_config = ConfigDict(extra="forbid")

    subject_id: UUID


@codes.get("/codes/{code}", by=PUBLIC)
async def look_up(rows: Rows, code: str) -> CodeView:
    """Anyone looks up who bears a code (COD-6)."""
    found = await store.by_code(rows, code)
    if found is None:
        raise NotFound
    return CodeView(**found)


@codes.get("/codes", by=PUBLIC)
async def code_of(rows: Rows, query: SubjectQuery) -> CodeView:
    """Anyone looks up the code of a record."""
    found = await store.by_subject(rows, query.subject_id)
    if found is None:
        raise NotFound
    return CodeView(**found)


@policies.get("/code-policies", by=SIGNED_IN)
async def list_policies(rows: Rows) -> PolicyList:
    """Anyone signed in reads when codes are assigned (COD-2)."""
    return PolicyList(policies=await store.policies(rows))


@policies.put("/code-policies/{institution_type}", by=(Role.REVIEWER, Role.AGENCY))
async def set_policy(tx: Transaction, caller: Caller, institution_type: str, body: PolicyChange) -> PolicyList:
    """The nation's unit sets when institutions of a type get their codes (COD-2)."""
    await use_cases.set_policy(tx, caller, institution_type, body.moment)
    return PolicyList(policies=await store.policies(tx))
