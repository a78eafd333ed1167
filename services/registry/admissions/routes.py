"""The HTTP endpoints of admissions."""

from collections.abc import Sequence
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.registry.admissions import store, use_cases
from services.registry.admissions.rules import FIELD_OF, Admission, AdmissionKind, refusal_of
from services.registry.effective_dates import in_force
from shared.clock import utc_now
from shared.postgres.transaction import Rows, Transaction
from shared.problems import NotFound
from shared.security.caller import Caller, Role
from shared.web.routes import SIGNED_IN, Routes

admissions = Routes("admissions")


class AdmissionToSet(BaseModel):
    """Whether a kind is admitted, at once or from a time on."""

    model_config = ConfigDict(extra="forbid")

    allowed: bool
    effective_from: AwareDatetime | None = None


class AdmissionDecision(BaseModel):
    """A decision of the nation's unit; no account for the one that the platform began with."""

    allowed: bool
    effective_from: AwareDatetime
    set_at: AwareDatetime
    set_by: UUID | None


class AdmissionView(BaseModel):
    """A special kind of institution: whether it is admitted now, why not, and all decisions, the latest first."""

    kind: AdmissionKind
    allowed: bool
    reason_zh: str
    reason_en: str
    history: list[AdmissionDecision]

    @classmethod
    def of(cls, kind: AdmissionKind, decisions: Sequence[Admission]) -> Self:
        """Builds the view of a kind."""
        present, refusal = in_force(decisions, utc_now()), refusal_of(kind)
        allowed = present is not None and present.allowed
        history = [
            AdmissionDecision(**{name: getattr(one, name) for name in AdmissionDecision.model_fields})
            for one in decisions
        ]
        reasons = {"zh": "", "en": ""} if allowed else {each: refusal.message(each) for each in ("zh", "en")}
        return cls(kind=kind, allowed=allowed, reason_zh=reasons["zh"], reason_en=reasons["en"], history=history)


class AdmissionList(BaseModel):
    """All special kinds of institution."""

    items: list[AdmissionView]


@admissions.get("/admissions", by=SIGNED_IN)
async def list_admissions(rows: Rows) -> AdmissionList:
    """Anyone signed in reads which special institutions may be maintained at present, and why not (AUT-4)."""
    return _all(await store.listed(rows))


@admissions.put("/admissions/{kind}", by=(Role.REVIEWER, Role.AGENCY))
async def set_admission(tx: Transaction, caller: Caller, kind: str, body: AdmissionToSet) -> AdmissionList:
    """The nation's unit decides whether a kind of institution is admitted, and from when on (AUT-4)."""
    if kind not in FIELD_OF:
        raise NotFound
    await use_cases.set_admission(tx, caller, AdmissionKind(kind), body.effective_from, allowed=body.allowed)
    return _all(await store.listed(tx))


def _all(decisions: Sequence[Admission]) -> AdmissionList:
    views = [AdmissionView.of(kind, [one for one in decisions if one.kind is kind]) for kind in AdmissionKind]
    return AdmissionList(items=views)
