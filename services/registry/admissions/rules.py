"""Which special kinds of institution there are, and whether a policy admits them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from services.registry.admissions.problems import MilitaryNotYet, TcmFilingNotYet
from services.registry.effective_dates import effective_at
from shared.identifiers.regions import NATION
from shared.problems import RoleRequired, RuleBroken
from shared.security.caller import Caller


class AdmissionKind(StrEnum):
    """A special kind of institution: military, or with a filing certificate of traditional medicine alone."""

    MILITARY = "military"
    TCM_FILING = "tcm-filing"


FIELD_OF: Final[dict[AdmissionKind, str]] = {
    AdmissionKind.MILITARY: "military",
    AdmissionKind.TCM_FILING: "tcm_filing",
}
"""The flag of the institution's form that says that it is of the kind."""

_REFUSAL_OF: Final[dict[AdmissionKind, type[RuleBroken]]] = {
    AdmissionKind.MILITARY: MilitaryNotYet,
    AdmissionKind.TCM_FILING: TcmFilingNotYet,
}


@dataclass(frozen=True, slots=True)
class Admission:
    """A decision of the nation's unit about a kind: whether it is admitted, and from when on."""

    kind: AdmissionKind
    allowed: bool
    effective_from: datetime
    set_at: datetime
    set_by: UUID | None


def kinds_of(values: Mapping[str, Any]) -> list[AdmissionKind]:
    """The special kinds that an institution with these values is of."""
    return [kind for kind, field in FIELD_OF.items() if values.get(field)]


def newly(values: Mapping[str, Any], under_way: Mapping[str, Any]) -> list[AdmissionKind]:
    """The special kinds of an institution that it was not of when it was admitted; those it keeps (AUT-4)."""
    admitted = kinds_of(under_way)
    return [kind for kind in kinds_of(values) if kind not in admitted]


def refusal_of(kind: AdmissionKind) -> RuleBroken:
    """Why institutions of a kind are not admitted."""
    return _REFUSAL_OF[kind]()


def decided(
    caller: Caller, kind: AdmissionKind, now: datetime, effective_from: datetime | None, *, allowed: bool
) -> Admission:
    """A decision of the nation's unit, which takes effect at once or later, and never in the past."""
    RoleRequired.unless(caller.region == NATION)
    return Admission(kind, allowed, effective_at(effective_from, now), now, caller.account_id)
